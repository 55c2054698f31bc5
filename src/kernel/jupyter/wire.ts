/** Jupyter's wire format, version 5.3: frames, signature, header. See jupyter-client's "Messaging in Jupyter". */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** The part of a message that says what it is and who sent it. */
export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly version: string;
}

/** JSON objects as they stand in a message. */
export type Json = Record<string, unknown>;

/** One message that came from a front-end. */
export interface Message {
  /** Routing frames; a reply carries them back. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  readonly parent: Json;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Buffer[];
}

/** What is needed to send a message. */
export interface Outgoing {
  readonly type: string;
  readonly content: Json;
  readonly parent: Header | undefined;
  readonly metadata?: Json;
  readonly buffers?: readonly Uint8Array[];
}

const DELIMITER = Buffer.from('<IDS|MSG>');

/** Routing frames of a message are few, its header is short: both are kept, and sent back with each answer. */
const MAX_IDENTITIES = 16;
const MAX_HEADER_BYTES = 65_536;

/** Signatures that are remembered, as many as ipykernel's. */
const MAX_SEEN = 65_536;
/** So many characters of a signature tell it from any other. */
const SEEN_CHARACTERS = 16;

/** Sessions of kernels; what a kernel sent itself, and any subscriber can send back, is no request. */
const KERNEL_SESSION = 'tsdl-kernel-';

/** Signs, writes and reads messages of one connection. */
export class Wire {
  private readonly seen = new Set<string>();

  /** @param key Secret of the connection file; an empty one turns signatures off, as Jupyter has it. */
  constructor(
    private readonly key: string,
    readonly session = `${KERNEL_SESSION}${randomUUID()}`,
  ) {}

  /** Frames of `message`, ready for a socket. */
  write(message: Outgoing, identities: readonly Uint8Array[]): (Uint8Array | string)[] {
    const header: Header = {
      msg_id: randomUUID(),
      msg_type: message.type,
      session: this.session,
      username: 'kernel',
      date: new Date().toISOString(),
      version: '5.3',
    };
    const parts = [header, message.parent ?? {}, message.metadata ?? {}, message.content].map((part) =>
      JSON.stringify(part),
    );
    return [...identities, DELIMITER, this.sign(parts), ...parts, ...(message.buffers ?? [])];
  }

  /** The message in `frames`, or undefined for one that is not whole, not signed with our key, not new or not JSON. */
  read(frames: readonly Buffer[]): Message | undefined {
    const at = frames.slice(0, MAX_IDENTITIES + 1).findIndex((frame) => frame.equals(DELIMITER));
    const parts = frames.slice(at + 2, at + 6);
    const signature = frames[at + 1];
    if (at < 0 || parts.length < 4 || !signature || !this.accepts(signature, parts)) return undefined;
    const [header, parent, metadata, content] = parts.map(parseObject);
    if (!header || !parent || !metadata || !content) return undefined;
    if (!isHeader(header) || (parts[0]?.length ?? 0) > MAX_HEADER_BYTES || !this.isNew(signature))
      return undefined;
    return {
      identities: frames.slice(0, at),
      header: header as unknown as Header,
      parent,
      metadata,
      content,
      buffers: frames.slice(at + 6),
    };
  }

  /** Whether a signed message comes for the first time: anyone who has seen one could send it again. */
  private isNew(signature: Buffer): boolean {
    if (this.key === '') return true;
    const text = signature.toString('latin1', 0, SEEN_CHARACTERS);
    if (this.seen.has(text)) return false;
    this.seen.add(text);
    if (this.seen.size > MAX_SEEN) this.seen.delete(this.seen.values().next().value ?? '');
    return true;
  }

  private sign(parts: readonly (string | Buffer)[]): string {
    if (this.key === '') return '';
    const hmac = createHmac('sha256', this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }

  private accepts(signature: Buffer, parts: readonly Buffer[]): boolean {
    const wanted = Buffer.from(this.sign(parts));
    return signature.length === wanted.length && timingSafeEqual(signature, wanted);
  }
}

/** Whether it is one of another's session, and flat: each answer repeats it. */
function isHeader(header: Json): boolean {
  const { msg_id: id, msg_type: type, session } = header;
  const isOwn = typeof session === 'string' && session.startsWith(KERNEL_SESSION);
  const isFlat = Object.values(header).every((value) => typeof value !== 'object' || value === null);
  return typeof id === 'string' && typeof type === 'string' && isFlat && !isOwn;
}

function parseObject(frame: Buffer): Json | undefined {
  try {
    const value: unknown = JSON.parse(frame.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
