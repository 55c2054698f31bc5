/** A file of lines that is its owner's alone and does not grow without end; several kernels may add to it at once. */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const OWNERS_FILE = 0o600;
const OWNERS_FOLDER = 0o700;

/** What is kept when the file has grown to twice as much. */
interface Most {
  readonly lines: number;
  readonly bytes: number;
}

/** Where the file cannot be written, or is not ours, nothing is kept. */
export class KeptLines {
  constructor(
    private readonly path: string,
    private readonly most: Most,
  ) {}

  /** The last lines; a file that has grown too long is cut to them. */
  read(): string[] {
    try {
      const { lines, isLong } = this.tail();
      if (isLong) this.replace(lines);
      return lines;
    } catch {
      return [];
    }
  }

  add(line: string): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: OWNERS_FOLDER });
      const size = this.opened(O_WRONLY | O_APPEND | O_CREAT, (file, stats) => {
        writeSync(file, `${line}\n`);
        return stats.size;
      });
      if (size > 2 * this.most.bytes) this.read();
    } catch {
      // No home to write to, or one that is full.
    }
  }

  private tail(): { lines: string[]; isLong: boolean } {
    return this.opened(O_RDONLY, (file, { size }) => {
      const start = Math.max(0, size - this.most.bytes);
      const bytes = Buffer.alloc(size - start);
      const text = bytes.toString('utf8', 0, readSync(file, bytes, 0, bytes.length, start));
      const whole = start === 0 ? text : text.slice(text.indexOf('\n') + 1);
      const all = whole.split('\n').filter(Boolean);
      const isLong = all.length > 2 * this.most.lines || size > 2 * this.most.bytes;
      return { lines: all.slice(-this.most.lines), isLong };
    });
  }

  private replace(lines: readonly string[]): void {
    const beside = `${this.path}.${randomUUID()}`;
    try {
      const file = openSync(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWNERS_FILE);
      try {
        writeSync(file, lines.map((line) => `${line}\n`).join(''));
      } finally {
        closeSync(file);
      }
      renameSync(beside, this.path);
    } catch {
      rmSync(beside, { force: true });
    }
  }

  /** Neither a link, which may lead anywhere, nor a pipe, which never ends, nor a file that others own or read. */
  private opened<T>(flags: number, use: (file: number, stats: Stats) => T): T {
    const file = openSync(this.path, flags | O_NOFOLLOW | O_NONBLOCK, OWNERS_FILE);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile() || stats.uid !== process.getuid?.())
        throw new Error(`Cannot use ${this.path}: expected a file of one's own, got another's or none`);
      if (stats.mode & 0o077) fchmodSync(file, OWNERS_FILE);
      return use(file, stats);
    } finally {
      closeSync(file);
    }
  }
}
