/** Messages on a pipe, in either direction: four bytes of length, then the body in V8's form. */
import { deserialize, serialize } from 'node:v8';

/** A message as a frame. */
export function frameOf(message: unknown): Buffer {
  const body = serialize(message);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

/** The message in a frame's body. */
export const messageIn = (body: Buffer): unknown => deserialize(body);

/** Cuts a byte stream into frames; whoever takes a body reads it, for it may hold anything. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly handle: (body: Buffer) => void) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.size < 4) return;
    let rest = this.chunks.length === 1 ? chunk : this.wholeIfReady();
    if (!rest) return;
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end: number = 4 + rest.readUInt32BE();
      this.handle(rest.subarray(4, end));
      rest = rest.subarray(end);
    }
    this.chunks = rest.length > 0 ? [rest] : [];
    this.size = rest.length;
  }

  /** Joins the chunks once a frame is complete; joining at every chunk of a large one would copy it again and again. */
  private wholeIfReady(): Buffer | undefined {
    const [first] = this.chunks;
    if (first && first.length >= 4 && this.size < 4 + first.readUInt32BE()) return undefined;
    return Buffer.concat(this.chunks);
  }
}
