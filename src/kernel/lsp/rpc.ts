/** The Language Server Protocol's wire: frames of JSON with their length before them. */
import type { Readable, Writable } from 'node:stream';

/** A request (with `id` and `method`), a notification (`method` alone) or an answer (`id` alone). */
export interface RpcMessage {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A notebook's text is sent whole; more than this is no notebook. */
const MOST = 64 * 2 ** 20;
const HEAD_END = '\r\n\r\n';

/** Both ends of one connection. */
export class Rpc {
  private rest: Buffer = Buffer.alloc(0);

  /** @param onMessage Called with each message in turn. */
  constructor(
    input: Readable,
    private readonly output: Writable,
    private readonly onMessage: (message: RpcMessage) => void,
  ) {
    input.on('data', (bytes: Buffer) => this.take(bytes));
  }

  send(message: RpcMessage): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.output.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}${HEAD_END}`), body]));
  }

  private take(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    for (let message = this.next(); message; message = this.next()) this.onMessage(message);
  }

  private next(): RpcMessage | undefined {
    const end = this.rest.indexOf(HEAD_END);
    if (end < 0) return undefined;
    const head = this.rest.toString('latin1', 0, end);
    const length = Number(/^content-length:\s*(\d+)\s*$/im.exec(head)?.[1]);
    if (!(length <= MOST))
      throw new RangeError(`Cannot read a message: expected a Content-Length up to ${MOST}, got "${head}"`);
    const start = end + HEAD_END.length;
    if (this.rest.length < start + length) return undefined;
    const body = this.rest.toString('utf8', start, start + length);
    this.rest = this.rest.subarray(start + length);
    return JSON.parse(body) as RpcMessage;
  }
}
