/** Outputs on their way to the front-ends: text is gathered for a moment, everything keeps its order. */
import type { Sockets } from '../jupyter/sockets';
import type { Header, Json } from '../jupyter/wire';
import type { StreamName } from '../link/messages';

interface Pending {
  readonly parent: Header | undefined;
  readonly stream: StreamName;
  parts: string[];
  size: number;
  readonly since: number;
}

const GATHER_MS = 30;
const LATEST_MS = 100;
const MAX_CHARACTERS = 65_536;

/** What goes to iopub, printed text gathered for a moment so that a loop of prints is no flood of messages. */
export class Publisher {
  private pending: Pending | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly sockets: Sockets) {}

  /** Text for a cell's stream; sent with what follows it within a moment. */
  text(parent: Header | undefined, stream: StreamName, text: string): void {
    const { pending } = this;
    if (pending && (pending.parent !== parent || pending.stream !== stream)) this.flush();
    this.pending ??= { parent, stream, parts: [], size: 0, since: Date.now() };
    this.pending.parts.push(text);
    this.pending.size += text.length;
    if (this.pending.size > MAX_CHARACTERS || Date.now() - this.pending.since > LATEST_MS) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  publish(
    parent: Header | undefined,
    type: string,
    content: Json,
    extra: { metadata?: Json; buffers?: readonly Uint8Array[] } = {},
  ): void {
    this.flush();
    this.sockets.publish({ type, content, parent, ...extra });
  }

  status(parent: Header | undefined, state: 'starting' | 'busy' | 'idle'): void {
    this.publish(parent, 'status', { execution_state: state });
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { pending } = this;
    this.pending = undefined;
    if (!pending) return;
    const content = { name: pending.stream, text: pending.parts.join('') };
    this.sockets.publish({ type: 'stream', content, parent: pending.parent });
  }
}
