/** Additions to a text, made in any order and applied at once. */
import type { Additions } from '../link/added-columns';
import { marked } from '../link/marks';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Collects what is added to a text and what is taken out of it. */
export class Edits {
  private readonly all: Edit[] = [];

  constructor(readonly source: string) {}

  /** Adds `text` at a position; what is added later at the same one comes behind it. */
  insert(at: number, text: string): void {
    this.all.push({ start: at, end: at, text: marked(text) });
  }

  /** Puts `text` in the place of what stands there; `original` is what the user wrote. */
  replace(start: number, end: number, text: string, original = this.source.slice(start, end)): void {
    this.all.push({ start, end, text: marked(text, original) });
  }

  /** Takes out what stands there, but for its line breaks. */
  blank(start: number, end: number): void {
    const text = this.source.slice(start, end).replace(/[^\n\r]+/g, '');
    this.all.push({ start, end, text });
  }

  /** The text with all edits, and where they are. */
  apply(): { code: string; additions: Additions } {
    const { source } = this;
    const edits = [...this.all].sort((a, b) => a.start - b.start || a.end - b.end);
    const parts: string[] = [];
    const additions: number[] = [];
    let from = 0;
    const place = new Place();
    for (const { start, end, text } of edits) {
      const before = source.slice(from, start);
      place.pass(before);
      if (!source.slice(start, end).includes('\n'))
        additions.push(place.line, place.column, text.length, end - start);
      place.pass(text);
      parts.push(before, text);
      from = end;
    }
    parts.push(source.slice(from));
    return { code: parts.join(''), additions };
  }
}

/** Line and column of the end of what passed. */
class Place {
  line = 0;
  column = 0;

  pass(text: string): void {
    const last = text.lastIndexOf('\n');
    if (last < 0) {
      this.column += text.length;
      return;
    }
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.line += 1;
    this.column = text.length - last - 1;
  }
}
