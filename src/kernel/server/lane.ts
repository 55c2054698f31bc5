/** Text of one captured descriptor, cut at the runtime's marks. */
import { StringDecoder } from 'node:string_decoder';

/** Longest mark: two zero bytes, the nonce, a colon, the number. */
const MARK_END = '\0';

/** One printed stream, taken apart into text and marks. */
export class Lane {
  private readonly decoder = new StringDecoder('utf8');
  private readonly start: string;
  private rest = '';

  /** @param handle Gets text, and the number of each mark, in the order in which they came. */
  constructor(
    nonce: string,
    private readonly handle: (item: string | number) => void,
  ) {
    this.start = `\0${nonce}:`;
  }

  push(chunk: Buffer): void {
    this.rest += this.decoder.write(chunk);
    for (;;) {
      const at = this.rest.indexOf(this.start);
      if (at < 0) break;
      const end = this.rest.indexOf(MARK_END, at + this.start.length);
      if (end < 0) break;
      if (at > 0) this.handle(this.rest.slice(0, at));
      this.handle(Number(this.rest.slice(at + this.start.length, end)));
      this.rest = this.rest.slice(end + 1);
    }
    const keep = this.beginningOfMark();
    if (keep > 0) this.handle(this.rest.slice(0, keep));
    this.rest = this.rest.slice(keep);
  }

  /** Where a mark may have begun whose end is still to come. */
  private beginningOfMark(): number {
    const at = this.rest.indexOf(this.start);
    if (at >= 0) return at;
    const tail = this.rest.lastIndexOf('\0');
    return tail >= 0 && this.start.startsWith(this.rest.slice(tail)) ? tail : this.rest.length;
  }
}
