/**
 * One contestant: a process of its own that prepares a workload, says so, and works when told to. Node and Python
 * contestants speak alike: a number on standard input asks for that many calls; answers are lines of JSON marked
 * with `@bench`, everything else they print is ignored.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const MARK = '@bench ';

/** What a contestant says when it is ready. */
export interface Ready {
  /** Time to load the library and to make the first call, model and data being there. */
  readonly import_ms: number;
  readonly first_ms: number;
  readonly version: string;
}

/** Answer to a request for calls. */
interface Timings {
  /** Milliseconds of each call. */
  readonly ms: number[];
  /** Largest resident memory so far, in MiB. */
  readonly peak_mb: number;
}

export class Contestant {
  readonly times: number[] = [];
  /** Largest resident memory, in MiB. */
  peakMb = 0;
  private errors = '';

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly answers: AsyncIterator<string>,
    readonly command: string,
  ) {
    child.stderr.on('data', (data: Buffer) => (this.errors = (this.errors + data.toString()).slice(-4000)));
  }

  static start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Contestant {
    const child = spawn(command, [...args], { env, stdio: 'pipe' });
    const lines = createInterface({ input: child.stdout });
    return new Contestant(child, lines[Symbol.asyncIterator](), [command, ...args].join(' '));
  }

  /** Waits until the workload is prepared and warm. */
  async ready(): Promise<Ready> {
    return (await this.answer()) as Ready;
  }

  /** Has the workload done `calls` times. */
  async work(calls: number): Promise<void> {
    this.child.stdin.write(`${calls}\n`);
    const { ms, peak_mb } = (await this.answer()) as Timings;
    this.times.push(...ms);
    this.peakMb = peak_mb;
  }

  stop(): void {
    this.child.stdin.end();
    this.child.kill();
  }

  private async answer(): Promise<unknown> {
    for (;;) {
      const { done = false, value } = (await this.answers.next()) as IteratorResult<string, string>;
      if (done) throw new Error(`Cannot measure: "${this.command}" ended early\n${this.errors}`);
      if (value.startsWith(MARK)) return JSON.parse(value.slice(MARK.length)) as unknown;
    }
  }
}

export function answer(value: Ready | Timings): void {
  process.stdout.write(`${MARK}${JSON.stringify(value)}\n`);
}
