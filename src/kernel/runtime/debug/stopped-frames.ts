/** The frames of a stop, the user's only, and their variables under the names that the user wrote. */
import { type Debugger, type Runtime } from 'node:inspector';

import type { Json } from '../../jupyter/wire';
import { unmarked } from '../../link/marks';
import { DEBUGGED, IMPORT_FUNCTION } from '../../link/names';
import { helperNames } from '../hidden';
import { namesIn, withLent } from './expressions';
import { argumentOf, type Evaluated, type Inspector } from './inspector';
import { type Named, namedIn, type Scope } from './remote-values';
import type { Scripts, UserScript } from './scripts';

/** A cell's own function. */
const CELL = 'tsdlCell';
const HIDDEN = new Set([
  ...['exports', 'require', 'module', '__filename', '__dirname', 'arguments', IMPORT_FUNCTION],
  ...helperNames,
]);
const isHidden = (name: string): boolean => HIDDEN.has(name) || name.startsWith('__tsdl');

/** A frame of the user's. */
interface Frame {
  readonly id: number;
  readonly call: Debugger.CallFrame;
  readonly script: UserScript;
}

/** A place above which nothing is known any more: who awaited. */
type Awaiting = Pick<Runtime.CallFrame, 'functionName' | 'scriptId' | 'lineNumber' | 'columnNumber'>;

/** The frames of the current stop. */
export class Frames {
  private readonly all: Frame[] = [];
  private readonly awaiting: Awaiting[] = [];
  private readonly cell: Debugger.CallFrame | undefined;
  /** Those of the user's and of packages. */
  private readonly running: readonly Debugger.CallFrame[];
  /** How many there are with those that are not the user's. */
  readonly depth: number;

  constructor(
    private readonly inspector: Inspector,
    private readonly scripts: Scripts,
    { callFrames, asyncStackTrace }: Debugger.PausedEventDataType,
  ) {
    this.depth = callFrames.length;
    this.running = callFrames.filter(({ location }) => scripts.isForeign(location.scriptId) === false);
    for (const call of callFrames) {
      const script = scripts.get(call.location.scriptId);
      if (script?.placeOf(call.location)) this.all.push({ id: this.all.length + 1, call, script });
    }
    for (let at = asyncStackTrace; at; at = at.parent) this.awaiting.push(...at.callFrames);
    this.cell = callFrames.find(({ functionName }) => functionName === CELL);
  }

  /** The names of all cells, as they are here. */
  get notebook(): Notebook {
    return new Notebook(this.inspector, this.cell);
  }

  get top(): Debugger.CallFrame | undefined {
    return this.all[0]?.call;
  }

  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  /** Whether no code of the user's or of a package that runs has a `catch` or a `finally`. */
  async tidiesNothing(): Promise<boolean> {
    for (const { location } of this.running) {
      const { scriptId } = location;
      const asked = await this.inspector.post<Debugger.GetScriptSourceReturnType>(
        'Debugger.getScriptSource',
        {
          scriptId,
        },
      );
      if (/(?<![.\w])(?:catch|finally)\b/.test(unmarked(asked.scriptSource))) return false;
    }
    return true;
  }

  /** As the protocol has them; those that await the first ones have no variables. */
  list(): Json[] {
    const running = this.all.map(({ id, call, script }) =>
      this.described(id, call.functionName, script, call.location),
    );
    const waiting = this.awaiting.flatMap(({ functionName, scriptId, lineNumber, columnNumber }, at) => {
      const script = this.scripts.get(scriptId);
      const place = script?.placeOf({ scriptId, lineNumber, columnNumber });
      if (!script || !place) return [];
      const location = { scriptId, lineNumber, columnNumber };
      return [
        { ...this.described(AWAITING + at, functionName, script, location), presentationHint: 'subtle' },
      ];
    });
    return [...running, ...waiting];
  }

  /** The headings under which a frame's variables stand. */
  scopes(id: unknown): Scope[] {
    const frame = this.all.find((each) => each.id === id);
    if (!frame) return [];
    const { scopeChain, functionName } = frame.call;
    const all = scopeChain.filter(
      ({ type, name }) => !OUTER.has(type) && (name !== CELL || type !== 'closure'),
    );
    const firstClosure = all.findIndex(({ type }) => type === 'closure' || type === 'module');
    const local = firstClosure < 0 ? all : all.slice(0, firstClosure);
    const closure = firstClosure < 0 ? [] : all.slice(firstClosure);
    const self = functionName === CELL || !frame.call.this.objectId ? undefined : frame.call.this;
    return [
      this.scope('Locals', frame.call, local, self),
      ...(closure.length > 0 ? [this.scope('Closure', frame.call, closure)] : []),
      this.notebook,
    ];
  }

  /** Evaluates an expression in a frame; names that the frame does not know are those of the cells. */
  async evaluate(expression: string, id: unknown, options: object = {}): Promise<Evaluated> {
    const frame = this.all.find((each) => each.id === id) ?? this.all[0];
    const known = new Set<string>();
    for (const { type, object } of frame?.call.scopeChain ?? [])
      if (type !== 'global' && object.objectId !== undefined)
        for (const { name } of await this.inspector.properties(object.objectId)) known.add(name);
    return evaluateWith(this.inspector, expression, {
      known,
      frame: frame?.call.callFrameId,
      cell: this.cell,
      options,
    });
  }

  private scope(
    name: string,
    { callFrameId, scopeChain }: Debugger.CallFrame,
    parts: readonly Debugger.Scope[],
    self?: Runtime.RemoteObject,
  ): Scope {
    const { inspector } = this;
    const variables = async (): Promise<Named[]> => {
      const found = await variablesOf(inspector, parts);
      if (self) found.set('this', self);
      return noted(inspector, found);
    };
    const assign = async (variable: string, value: Runtime.RemoteObject): Promise<unknown> => {
      for (const part of parts)
        if ((await variablesOf(inspector, [part])).has(variable))
          return inspector.post('Debugger.setVariableValue', {
            scopeNumber: scopeChain.indexOf(part),
            variableName: variable,
            newValue: argumentOf(value),
            callFrameId,
          });
      throw new Error(`Cannot set ${variable}: expected a variable of the scope`);
    };
    return { name, variables, assign };
  }

  private described(id: number, name: string, script: UserScript, location: Debugger.Location): Json {
    const { line = 0, column = 0 } = script.placeOf(location) ?? {};
    const source = { name: script.name, path: script.path };
    const shown = name === '' ? '(anonymous)' : name;
    return { id, name: name === CELL ? script.name : shown, source, line: line + 1, column: column + 1 };
  }
}

/** Ids of frames that wait. */
const AWAITING = 1_000_000;
const OUTER = new Set(['global', 'script', 'with']);

/** The names of all cells; those of the running one as they are now. */
export class Notebook implements Scope {
  readonly name = 'Notebook';

  constructor(
    private readonly inspector: Inspector,
    private readonly cell: Debugger.CallFrame | undefined,
  ) {}

  async variables(): Promise<Named[]> {
    const all = new Map(namedIn(await this.inspector.list('variables')).map((each) => [each.name, each]));
    const running = await cellVariables(this.inspector, this.cell);
    for (const each of await noted(this.inspector, running)) all.set(each.name, each);
    return [...all.values()];
  }

  /** The running cell's variables become known to the others, as they do when it ends. */
  async publish(): Promise<void> {
    const names = [...(await cellVariables(this.inspector, this.cell)).keys()];
    if (names.length === 0) return;
    // Asked anew: what V8 gave of the scope does not follow.
    const values = names.map((name) => `${name}: () => ${name}`).join(', ');
    await this.inspector.evaluate(`${DEBUGGED}.publish({ ${values} })`, this.cell?.callFrameId);
  }

  async assign(name: string, value: Runtime.RemoteObject): Promise<unknown> {
    const running = await cellVariables(this.inspector, this.cell);
    if (!running.has(name) || !this.cell)
      return this.inspector.ask('put', { value: name }, argumentOf(value));
    return this.inspector.post('Debugger.setVariableValue', {
      scopeNumber: this.cell.scopeChain.findIndex(({ type }) => type === 'local'),
      variableName: name,
      newValue: argumentOf(value),
      callFrameId: this.cell.callFrameId,
    });
  }
}

/** Top-level variables that the running cell keeps to itself. */
function cellVariables(
  inspector: Inspector,
  cell: Debugger.CallFrame | undefined,
): Promise<Map<string, Runtime.RemoteObject>> {
  const parts = cell?.scopeChain.filter(({ type }) => type === 'local' || type === 'block') ?? [];
  return variablesOf(inspector, parts.slice(-1));
}

/** Inner variables hide outer ones; those without a value yet are left out. */
async function variablesOf(
  inspector: Inspector,
  scopes: readonly Debugger.Scope[],
): Promise<Map<string, Runtime.RemoteObject>> {
  const found = new Map<string, Runtime.RemoteObject>();
  for (const { object } of scopes) {
    if (object.objectId === undefined) continue;
    for (const { name, value } of await inspector.properties(object.objectId))
      if (value && !found.has(name) && !isHidden(name)) found.set(name, value);
  }
  return found;
}

async function noted(
  inspector: Inspector,
  found: ReadonlyMap<string, Runtime.RemoteObject>,
): Promise<Named[]> {
  const all = [...found];
  const notes = await inspector.ask<string[]>('notes', ...all.map(([, value]) => argumentOf(value)));
  return all.map(([name, value], at) => ({ name, value, note: notes[at] ?? '' }));
}

/** What is known where an expression is evaluated. */
interface Surroundings {
  readonly known: ReadonlySet<string>;
  readonly frame: string | undefined;
  readonly cell: Debugger.CallFrame | undefined;
  readonly options?: object;
}

/** Evaluates an expression that may use the names of cells. */
export async function evaluateWith(
  inspector: Inspector,
  expression: string,
  { known, frame, cell, options }: Surroundings,
): Promise<Evaluated> {
  const wanted = namesIn(expression).filter((name) => !known.has(name));
  const values = wanted.length === 0 ? [] : await new Notebook(inspector, cell).variables();
  const lent = values.filter(({ name }) => wanted.includes(name));
  for (const { name, value } of lent) await inspector.ask('lend', { value: name }, argumentOf(value));
  return inspector.evaluate(
    withLent(
      expression,
      lent.map(({ name }) => name),
    ),
    frame,
    options,
  );
}
