/** The kernel's answers to every request of the protocol but execution, which has a file of its own. */
import { randomUUID } from 'node:crypto';

import { say } from '../../../bin/bootstrap/language';
import { type Channel, Sockets } from '../jupyter/sockets';
import { safely, unawaited } from '../jupyter/unawaited';
import type { Header, Json, Message } from '../jupyter/wire';
import type { FromRuntime } from '../link/messages';
import { CommList } from './comms';
import { isComplete } from './complete-code';
import { Debugger } from './debugger';
import { Execution } from './execution';
import { kernelInfo } from './info';
import { History } from './inputs';
import { Interrupts } from './interrupts';
import { LanguageThread } from './language-thread';
import { codePoints, completionReply, utf16Offset } from './positions';
import { Usage } from './process-usage';
import { Publisher } from './publisher';
import { RuntimeProcess } from './runtime-process';

type Handler = (message: Message) => Json | Promise<Json>;

/** Requests whose answers name their outputs' parent by id later on. */
const MAX_PARENTS = 1000;

/** The server: takes requests from the sockets and answers them with the language thread and the runtime. */
export class Kernel {
  private readonly publisher: Publisher;
  private readonly language: LanguageThread;
  private runtime: RuntimeProcess;
  private readonly execution: Execution;
  private readonly comms = new CommList();
  private readonly usage = new Usage();
  private readonly history = new History(randomUUID());
  private readonly interrupts: Interrupts;
  private readonly debugger: Debugger;
  private readonly parents = new Map<string, Header>();
  private latest: Header | undefined;
  /** Comm messages that the runtime has yet to handle. */
  private readonly handled = new Map<string, () => void>();
  private isEnding = false;
  private readonly handlers: Record<string, Handler>;

  constructor(
    private readonly sockets: Sockets,
    private readonly entry: string,
  ) {
    this.publisher = new Publisher(sockets);
    this.runtime = this.startRuntime();
    this.language = new LanguageThread(entry);
    this.debugger = new Debugger({
      send: (message) => this.runtime.debug(message),
      publish: (event) => this.publisher.publish(this.latest, 'debug_event', event),
    });
    this.execution = new Execution({
      sockets,
      publisher: this.publisher,
      language: this.language,
      runtime: () => this.runtime,
      history: this.history,
      prepared: (code) => this.debugger.prepared(code),
    });
    this.interrupts = new Interrupts({
      execution: this.execution,
      runtime: () => this.runtime,
      release: (serial) => this.debugger.release(serial),
      tell: (text) => this.printed(this.execution.current?.message.header, 'stderr', text),
    });
    this.handlers = this.requestHandlers();
  }

  /** Starts answering; the language part warms up meanwhile. */
  start(): void {
    this.publisher.status(undefined, 'starting');
    this.sockets.listen((channel, message) => this.receive(channel, message));
    this.language.call('warm', {}).catch(() => undefined); // a real fault shows with the first cell
  }

  interrupt(): void {
    this.interrupts.interrupt();
  }

  /** Ends the kernel with everything that it started. */
  async end(code: number): Promise<void> {
    if (this.isEnding) return;
    this.isEnding = true;
    try {
      this.publisher.flush();
      await this.runtime.stop(this.debugger.isStopped ? 0 : 1000);
      await this.sockets.close();
    } finally {
      process.exit(code);
    }
  }

  /** At a sudden end nothing may stay behind. */
  abandon(): void {
    this.runtime.kill();
  }

  private receive(channel: Channel, message: Message): void {
    const { header, content } = message;
    this.parents.set(header.msg_id, header);
    if (this.parents.size > MAX_PARENTS) this.parents.delete(this.parents.keys().next().value ?? '');
    if (channel === 'stdin') {
      if (header.msg_type === 'input_reply')
        this.runtime.send({ type: 'input', value: textOf(content.value) });
      return;
    }
    if (header.msg_type === 'execute_request' && channel === 'shell') {
      this.latest = header;
      this.execution.push(message);
      return;
    }
    const handler = Object.hasOwn(this.handlers, header.msg_type)
      ? this.handlers[header.msg_type]
      : undefined;
    if (handler) unawaited(this.answer(channel, message, handler));
  }

  private async answer(channel: Channel, message: Message, handler: Handler): Promise<void> {
    const { header, identities } = message;
    this.publisher.status(header, 'busy');
    let content: Json;
    try {
      content = { status: 'ok', ...(await handler(message)) };
    } catch (error) {
      const evalue = error instanceof Error ? error.message : String(error);
      content = { status: 'error', ename: 'KernelError', evalue, traceback: [evalue] };
    }
    const type = header.msg_type.replace(/_request$/, '_reply');
    if (type !== header.msg_type)
      safely(() => this.sockets.reply(channel, identities, { type, content, parent: header }));
    this.publisher.status(header, 'idle');
    // A front-end takes the last status for the kernel's: a cell that still runs says so again.
    const running = this.execution.current;
    if (running) this.publisher.status(running.message.header, 'busy');
    if (header.msg_type === 'shutdown_request') await this.end(0);
  }

  private requestHandlers(): Record<string, Handler> {
    const comm: Handler = (message) => this.comm(message);
    return {
      kernel_info_request: () => kernelInfo(),
      history_request: ({ content }) => ({ history: this.history.answer(content) }),
      is_complete_request: ({ content }) => ({ ...isComplete(textOf(content.code)) }),
      comm_info_request: ({ content }) => ({ comms: this.comms.info(content.target_name) }),
      complete_request: ({ content }) => this.complete(content),
      inspect_request: ({ content }) => this.inspect(content),
      interrupt_request: () => {
        this.interrupt();
        return {};
      },
      shutdown_request: ({ content }) => ({ restart: content.restart === true }),
      connect_request: () => this.sockets.ports,
      usage_request: () => this.usage.report(this.runtime.pid),
      debug_request: ({ content }) => this.debugger.answer(content),
      comm_open: comm,
      comm_msg: comm,
      comm_close: comm,
    };
  }

  private async complete(content: Json): Promise<Json> {
    const code = textOf(content.code);
    const cursor = typeof content.cursor_pos === 'number' ? content.cursor_pos : codePoints(code);
    return completionReply(
      code,
      await this.language.call('complete', { code, position: utf16Offset(code, cursor) }),
    );
  }

  private async inspect(content: Json): Promise<Json> {
    const code = textOf(content.code);
    const position = utf16Offset(code, Number(content.cursor_pos ?? 0));
    const found = await this.language.call('inspect', {
      code,
      position,
      detail: Number(content.detail_level ?? 0),
    });
    return found ? { found: true, ...found } : { found: false, data: {}, metadata: {} };
  }

  private async comm({ header, content, metadata, buffers }: Message): Promise<Json> {
    const kind = header.msg_type as 'comm_open' | 'comm_msg' | 'comm_close';
    this.comms.note(kind, content);
    const { msg_id: id } = header;
    this.commHandled(id); // an earlier one of the same name
    await new Promise<void>((resolve) => {
      this.handled.set(id, resolve);
      this.runtime.send({ type: 'comm', id, kind, content, metadata, buffers });
    });
    return {};
  }

  private commHandled(id: string): void {
    this.handled.get(id)?.();
    this.handled.delete(id);
  }

  private fromRuntime(message: FromRuntime): void {
    if (message.type === 'text') this.printed(this.parents.get(message.id), message.stream, message.text);
    else if (message.type === 'publish') this.publish(message);
    else if (message.type === 'input') this.ask(message);
    else if (message.type === 'comm-handled') this.commHandled(message.id);
    else if (message.type === 'interrupted') this.interrupts.noticed(message.id);
    else this.execution.handle(message);
  }

  private printed(parent: Header | undefined, stream: 'stdout' | 'stderr', text: string): void {
    const { current } = this.execution;
    if (current?.silent && current.message.header === parent) return;
    this.publisher.text(parent, stream, text);
  }

  private publish({ id, kind, content, metadata, buffers }: FromRuntime & { type: 'publish' }): void {
    if (kind.startsWith('comm_')) this.comms.note(kind, content);
    this.publisher.publish(this.parents.get(id), kind, content, { metadata, buffers });
  }

  private ask({ id, prompt, password }: FromRuntime & { type: 'input' }): void {
    const { current } = this.execution;
    if (!current || current.message.header.msg_id !== id || !current.allowStdin) {
      this.runtime.send({ type: 'input-refused', reason: 'Cannot ask for input: this front-end takes none' });
      return;
    }
    this.publisher.flush();
    const parent = current.message.header;
    this.sockets.reply('stdin', current.message.identities, {
      type: 'input_request',
      content: { prompt, password },
      parent,
    });
  }

  private startRuntime(): RuntimeProcess {
    const runtime = new RuntimeProcess(this.entry, {
      printed: (stream, text) =>
        this.printed(this.execution.current?.message.header ?? this.latest, stream, text),
      message: (message) => this.fromRuntime(message),
      debugged: (message) => this.debugger.fromRuntime(message),
      died: (reason) => unawaited(this.died(runtime, reason)),
    });
    return runtime;
  }

  /** The session goes on with a new process, and without the names of the old one. */
  private async died(runtime: RuntimeProcess, reason: string): Promise<void> {
    if (this.isEnding) return;
    runtime.kill(); // its children
    if (!runtime.hasStarted) {
      this.execution.died(reason);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await this.end(1);
      return;
    }
    this.comms.clear();
    for (const id of [...this.handled.keys()]) this.commHandled(id);
    this.language.forget();
    this.runtime = this.startRuntime();
    this.debugger.renew();
    if (!this.execution.died(reason)) this.printed(this.latest, 'stderr', `${say(LOST)} (${reason})\n`);
  }
}

const LOST = {
  zh: '运行进程已结束，变量都没有了；已启动新的进程。',
  en: 'The runtime process ended and all variables are gone; a new one was started.',
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
