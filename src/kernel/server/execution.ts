/** Execute requests: one after the other, each with its outputs, its count and its end. */
import type { Sockets } from '../jupyter/sockets';
import { safely, unawaited } from '../jupyter/unawaited';
import type { Json, Message } from '../jupyter/wire';
import type { Bundle, Failure, FromRuntime, Outcome } from '../link/messages';
import { type ErrorContent, internalError, runtimeError, typeScriptError } from './errors';
import type { History } from './inputs';
import type { LanguageThread } from './language-thread';
import type { Publisher } from './publisher';
import type { RuntimeProcess } from './runtime-process';

interface Parts {
  readonly sockets: Sockets;
  readonly publisher: Publisher;
  readonly language: LanguageThread;
  readonly runtime: () => RuntimeProcess;
  readonly history: History;
  /** What stands for a cell's code in the debugger, once that is ready. */
  readonly prepared: (code: string) => Promise<string>;
}

/** An execute request, read once. */
interface Request {
  readonly message: Message;
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly stopOnError: boolean;
  readonly allowStdin: boolean;
  readonly expressions: Json;
}

type Result =
  { readonly status: 'ok'; readonly result: Bundle | undefined; readonly page?: Bundle } | ErrorContent;

/** Requests that the front-end sent together with a failing cell may still be on their way. */
const LATE_REQUESTS_MS = 20;

/**
 * What came before a request is handled before it: libuv calls the handlers of signals after those of sockets, so an
 * interrupt that the user sent before a cell may be noticed up to one round of the event loop after the cell.
 */
async function earlierSignals(): Promise<void> {
  for (let round = 0; round < 2; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** A cell that still compiles so long after an interrupt does not come to its end soon. */
const COMPILED_MS = 300;

/** A cell that was interrupted while it compiled. */
const CANCELLED: Failure = {
  ename: 'KernelInterrupt',
  evalue: 'execution interrupted',
  frames: [],
  causes: [],
  details: '',
  interrupted: true,
};

const DIED = { ename: 'RuntimeDied', frames: [], causes: [], details: '', interrupted: false };

/** A name with a question mark, which is no TypeScript. */
export const QUESTION = /^\s*([\p{ID_Continue}$.]+)\?\s*$/u;

/** The queue of cells: compiles and runs one after the other, and answers for each. */
export class Execution {
  private count = 0;
  private readonly queue: Request[] = [];
  private isRunning = false;
  private finish: ((outcome: Outcome) => void) | undefined;
  private sources = new Map<number, string>();
  private isCancelled = false;
  private hasLost = false;
  /** Names that the last cell left as they were; the language thread has yet to hear of it. */
  private unassigned: readonly string[] | undefined;
  private committed: Promise<unknown> | undefined;
  current: Request | undefined;
  /** Whether the runtime runs the current cell; until then the cell is compiled. */
  isStarted = false;
  /** Counts the cells that the runtime was given; the last one's is what an interrupt names. */
  serial = 0;
  isCooperative = false;

  constructor(private readonly parts: Parts) {}

  push(message: Message): void {
    const { content } = message;
    const { user_expressions: expressions = {} } = content;
    const silent = content.silent === true;
    this.queue.push({
      message,
      code: typeof content.code === 'string' ? content.code : '',
      silent,
      storeHistory: !silent && content.store_history !== false,
      stopOnError: content.stop_on_error !== false,
      allowStdin: content.allow_stdin === true,
      expressions:
        Array.isArray(expressions) || !expressions || typeof expressions !== 'object'
          ? {}
          : (expressions as Json),
    });
    if (!this.isRunning) unawaited(this.run());
  }

  /** The runtime's messages about the running cell. */
  handle(message: FromRuntime): void {
    if (message.type === 'done') this.finish?.(message.outcome);
    else if (message.type === 'started') this.started();
    else if (message.type === 'cooperative' && message.id === this.current?.message.header.msg_id)
      this.isCooperative = true;
  }

  /** An interrupt before the current cell started: a compiler that takes its time starts anew. */
  cancel(): void {
    this.isCancelled = true;
    const { current, parts } = this;
    setTimeout(() => {
      if (this.current === current && !this.isStarted && this.isCancelled) parts.language.breakOff();
    }, COMPILED_MS).unref();
  }

  private started(): void {
    this.isStarted = true;
    if (this.isCancelled) this.parts.runtime().interrupt('soft', this.serial);
  }

  /** The runtime died: the running cell, if there is one, ends with an error that says so. */
  died(reason: string): boolean {
    const { finish } = this;
    this.hasLost = true;
    finish?.({ status: 'error', failure: { ...DIED, evalue: reason }, unassigned: [] });
    return finish !== undefined;
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    await earlierSignals();
    for (let request = this.queue.shift(); request; request = this.queue.shift()) {
      const together = await this.answer(request).catch((error: unknown) => this.failed(request, error));
      for (const late of together) safely(() => this.abort(late));
    }
    this.isRunning = false;
  }

  /** Answers one request; gives those back that its failure takes with it. */
  private async answer(request: Request): Promise<Request[]> {
    const { publisher, history } = this.parts;
    const { message, code, silent } = request;
    const parent = message.header;
    this.current = request;
    this.isCooperative = false;
    this.isStarted = false;
    this.isCancelled = false;
    if (request.storeHistory) this.count += 1;
    // The language thread compiles while this one tells the front-ends.
    const executing = this.execute(request).catch(internalError);
    publisher.status(parent, 'busy');
    if (!silent) publisher.publish(parent, 'execute_input', { code, execution_count: this.count });
    if (request.storeHistory) history.add(this.count, code);
    const result = await executing;
    const reply: Json = { execution_count: this.count, payload: [], user_expressions: {} };
    if (result.status === 'ok') {
      if (result.result && !silent)
        publisher.publish(parent, 'execute_result', { ...result.result, execution_count: this.count });
      reply.user_expressions = await this.evaluate(request);
      if (result.page) reply.payload = [{ source: 'page', data: result.page.data, start: 0 }];
    } else if (!silent) publisher.publish(parent, 'error', withoutStatus(result));
    const together = result.status !== 'ok' && request.stopOnError ? await this.sentTogether() : [];
    this.end(request, { ...reply, ...(result.status === 'ok' ? { status: 'ok' } : result) });
    return together;
  }

  private end({ message: { header: parent, identities } }: Request, content: Json): void {
    const { publisher, sockets } = this.parts;
    publisher.flush();
    sockets.reply('shell', identities, { type: 'execute_reply', content, parent });
    this.current = undefined;
    publisher.status(parent, 'idle');
    this.commit(); // last: the user does not wait for it
  }

  /** What could not be told ends its request with an error; the next one runs. */
  private failed(request: Request, error: unknown): Request[] {
    const content = internalError(error);
    safely(() => {
      if (!request.silent)
        this.parts.publisher.publish(request.message.header, 'error', withoutStatus(content));
      this.end(request, { execution_count: this.count, payload: [], user_expressions: {}, ...content });
    });
    return [];
  }

  private async execute({ message, code }: Request): Promise<Result> {
    const { language, runtime } = this.parts;
    if (code.trim() === '') return { status: 'ok', result: undefined };
    const [, asked] = QUESTION.exec(code) ?? [];
    if (asked !== undefined) return this.explain(asked);
    this.commit();
    const { committed } = this;
    this.committed = undefined;
    const compiling = Promise.all([language.call('compile', { code }), committed]);
    const [compiled] = await compiling.catch((error: unknown) => {
      if (this.isCancelled) return []; // broken off
      throw error;
    });
    if (compiled && 'diagnostics' in compiled) return typeScriptError(code, compiled.diagnostics);
    const path = await this.parts.prepared(code);
    if (this.isCancelled || !compiled) return runtimeError(CANCELLED, () => undefined);
    this.remember(code);
    const outcome = await new Promise<Outcome>((resolve) => {
      this.finish = resolve;
      this.serial += 1;
      const { serial, count: number } = this;
      runtime().send({
        type: 'execute',
        id: message.header.msg_id,
        serial,
        number,
        path,
        cell: compiled.cell,
      });
    });
    this.finish = undefined;
    this.unassigned = outcome.status === 'ok' ? [] : outcome.unassigned;
    if (this.hasLost) this.unassigned = undefined; // nothing of the cell is left
    this.hasLost = false;
    if (outcome.status === 'ok') return outcome;
    return runtimeError(outcome.failure, (cell) => this.sources.get(cell));
  }

  /** Makes the last cell's names known. Not waited for: the language thread keeps the order of what it is asked. */
  private commit(): void {
    const { unassigned } = this;
    if (!unassigned) return;
    this.unassigned = undefined;
    this.committed = this.parts.language.commit(unassigned);
    this.committed.catch(() => undefined); // the next cell fails with it
  }

  /** `name?` opens the pager, as in IPython. */
  private async explain(name: string): Promise<Result> {
    const page = await this.parts.language.call('inspect', {
      code: name,
      position: name.length - 1,
      detail: 1,
    });
    if (!page) throw new Error(`Cannot explain ${name}: expected a name that is known here`);
    return { status: 'ok', result: undefined, page };
  }

  /** Sources of the last cells, for the code frames of errors. */
  private remember(code: string): void {
    this.sources.set(this.count, code);
    const oldest = this.count - 300;
    this.sources.delete(oldest);
  }

  private async evaluate(request: Request): Promise<Json> {
    const results: Json = {};
    for (const [name, code] of Object.entries(request.expressions)) {
      const result = await this.execute({ ...request, code: String(code) }).catch(internalError);
      if (result.status !== 'ok') results[name] = result;
      else results[name] = { status: 'ok', ...(result.result ?? { data: {}, metadata: {} }) };
    }
    return results;
  }

  /** Requests that were sent before the front-end could know that this one failed. */
  private async sentTogether(): Promise<Request[]> {
    await new Promise((resolve) => setTimeout(resolve, LATE_REQUESTS_MS));
    return this.queue.splice(0);
  }

  private abort({ message }: Request): void {
    const { publisher, sockets } = this.parts;
    const parent = message.header;
    const content = { status: 'aborted' }; // it has no number: it did not run
    publisher.status(parent, 'busy');
    sockets.reply('shell', message.identities, { type: 'execute_reply', content, parent });
    publisher.status(parent, 'idle');
  }
}

function withoutStatus({ ename, evalue, traceback }: ErrorContent): Json {
  return { ename, evalue, traceback };
}
