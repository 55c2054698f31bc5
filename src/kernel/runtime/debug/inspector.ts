/** The inspector of the main thread, spoken to from the debugging thread: no port is opened. */
import { type Debugger, type Runtime, Session } from 'node:inspector';

import { DEBUGGED } from '../../link/names';

/** What the main thread holds for the debugger until it goes on. */
const GROUP = 'tsdl';

/** Nothing reaches the main thread while it evaluates an expression, so that has an end. */
const LONGEST_MS = 5000;

/** What the main thread reports. */
export interface Reports {
  parsed(script: Debugger.ScriptParsedEventDataType): void;
  paused(stop: Debugger.PausedEventDataType): void;
}

type Post = (method: string, params: object, done: (error: Error | null, result: unknown) => void) => void;

/** An argument of a call in the main thread: an object there, or a value. */
export type Argument = Runtime.CallArgument;

/** How a value is handed back to the main thread. */
export function argumentOf({ objectId, unserializableValue, value }: Runtime.RemoteObject): Argument {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value: value as unknown } : { unserializableValue };
}

/** A connection to the inspector, opened when it is first needed. */
export class Inspector {
  private session: Session | undefined;
  private face: Argument = {};

  constructor(private readonly reports: Reports) {}

  /** Connects to the main thread, once. */
  async open(): Promise<void> {
    if (this.session) return;
    const session = new Session();
    session.connectToMainThread();
    session.on('Debugger.scriptParsed', ({ params }) => this.reports.parsed(params));
    session.on('Debugger.paused', ({ params }) => this.reports.paused(params));
    this.session = session;
    const { result } = await this.post<Evaluated>('Runtime.evaluate', { expression: DEBUGGED });
    this.face = argumentOf(result);
  }

  close(): void {
    this.session?.disconnect();
    this.session = undefined;
  }

  /** Sends a command of the inspector's protocol. */
  post<T = unknown>(method: string, params: object = {}): Promise<T> {
    const { session } = this;
    return new Promise((resolve, reject) => {
      if (!session) throw new Error('the debugger has left');
      const post = session.post.bind(session) as Post;
      post(method, params, (error, result) => {
        if (error) reject(new Error(error.message));
        else resolve(result as T);
      });
    });
  }

  /** Calls a method of debug/face.ts in the main thread; gives what it gives as JSON. */
  async ask<T>(method: string, ...given: readonly Argument[]): Promise<T> {
    return (await this.call(method, given, true)).value as T;
  }

  /** The same for a flat list of values that stay in the main thread. */
  async list(method: string, ...given: readonly Argument[]): Promise<Runtime.RemoteObject[]> {
    const { objectId } = await this.call(method, given, false);
    const properties = await this.properties(objectId ?? '');
    return properties.flatMap(({ name, value }) => (/^\d+$/.test(name) && value ? [value] : []));
  }

  /** The variables of a scope. */
  async properties(objectId: string): Promise<Runtime.PropertyDescriptor[]> {
    const asked = { objectId, ownProperties: true, generatePreview: true };
    const { result } = await this.post<Runtime.GetPropertiesReturnType>('Runtime.getProperties', asked);
    return result;
  }

  /** A variable that the function which `expression` gives sees around itself. */
  async closedOver(expression: string, name: string): Promise<Runtime.RemoteObject | undefined> {
    const { objectId = '' } = (await this.evaluate(expression, undefined)).result;
    const asked = { objectId, ownProperties: true };
    const { internalProperties = [] } = await this.post<Runtime.GetPropertiesReturnType>(
      'Runtime.getProperties',
      asked,
    );
    const scopes = internalProperties.find((each) => each.name === '[[Scopes]]')?.value?.objectId;
    for (const { value } of scopes === undefined ? [] : await this.properties(scopes)) {
      const variables = value?.objectId === undefined ? [] : await this.properties(value.objectId);
      const found = variables.find((each) => each.name === name)?.value;
      if (found) return found;
    }
    return undefined;
  }

  /** Evaluates code in a frame, or globally. */
  async evaluate(expression: string, frame: string | undefined, options: object = {}): Promise<Evaluated> {
    const rest = { objectGroup: GROUP, silent: true, generatePreview: true, timeout: LONGEST_MS };
    const asked = { expression, ...rest, ...options };
    return frame === undefined
      ? await this.post('Runtime.evaluate', { ...asked, disableBreaks: true })
      : await this.post('Debugger.evaluateOnCallFrame', { ...asked, callFrameId: frame });
  }

  /** The main thread may forget the values that it was asked for. */
  forget(): Promise<unknown> {
    return this.post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
  }

  private async call(
    method: string,
    given: readonly Argument[],
    returnByValue: boolean,
  ): Promise<Runtime.RemoteObject> {
    const { result, exceptionDetails } = await this.post<Evaluated>('Runtime.callFunctionOn', {
      objectId: this.face.objectId,
      functionDeclaration: `function (...given) { return this.${method}(...given); }`,
      arguments: given,
      returnByValue,
      objectGroup: GROUP,
      silent: true,
    });
    if (exceptionDetails) throw new Error(result.description ?? exceptionDetails.text);
    return result;
  }
}

/** What an expression gave. */
export interface Evaluated {
  readonly result: Runtime.RemoteObject;
  readonly exceptionDetails?: Runtime.ExceptionDetails;
}
