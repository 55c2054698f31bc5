/** Drives execute.py: hands it the job, turns its lines into events, ends it and its kernels. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { RunError } from './report';

/** A notebook to execute. */
export interface JobNotebook {
  /** What it is called on screen and in the report; no two of a job are called the same. */
  readonly name: string;
  /** Absolute; what tells notebooks apart. */
  readonly path: string;
  /** Where the executed notebook goes. */
  readonly out: string;
}

/** What execute.py is told. */
export interface Job {
  /** `draft` is a new file beside `out`, which is written first. */
  readonly notebooks: readonly (JobNotebook & { readonly draft: string })[];
  /** Kernel name; null for the one each notebook names. */
  readonly kernel: string | null;
  readonly cellSeconds: number;
  readonly notebookSeconds: number;
  /** How long a kernel may take to start. */
  readonly startupSeconds: number;
  /** Code that prints the device as JSON; null for kernels that have none. */
  readonly deviceProbe: string | null;
}

/** What execute.py tells. */
export type RunEvent =
  | { event: 'ready'; versions: Record<string, string> }
  | { event: 'notebook'; path: string; cells: boolean[] }
  | { event: 'kernel'; pid: number | null }
  | { event: 'cell'; index: number }
  | { event: 'cell_done'; index: number; seconds: number }
  | { event: 'output'; text: string }
  | {
      event: 'notebook_done';
      path: string;
      seconds: number;
      executed: number;
      cellSeconds: number[];
      peakMB: number | null;
      device: { kind?: unknown; index?: unknown } | null;
      error: RunError | null;
    };

/** How much of the driver's own complaints is kept for an error message, in characters. */
const STDERR_TAIL = 4000;

/** Kills a process and its group; it may be gone already. */
function kill(pid: number | null | undefined): void {
  if (pid === null || pid === undefined) return;
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // ended by itself
    }
  }
}

/** A running execute.py. */
export class Driver {
  private readonly child: ChildProcess;
  private kernelPid: number | null = null;
  private complaints = '';

  constructor(python: string, job: Job, env: NodeJS.ProcessEnv) {
    // A session of its own: Ctrl-C reaches us alone, and we decide how it ends.
    this.child = spawn(python, ['-I', join(__dirname, 'execute.py')], {
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdin?.on('error', () => undefined); // it died: told by its exit code
    this.child.stdin?.write(`${JSON.stringify(job)}\n`);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.complaints = (this.complaints + text).slice(-STDERR_TAIL);
    });
  }

  /** Ends the running notebook's kernel and then everything else, leaving what was executed so far on disk. */
  stop(): void {
    this.child.stdin?.end('stop\n');
  }

  /** Ends everything at once. */
  kill(): void {
    kill(this.child.pid);
    kill(this.kernelPid);
  }

  /**
   * Passes each event on until execute.py ends.
   *
   * @throws Error with execute.py's own words if it failed
   */
  async run(onEvent: (event: RunEvent) => void): Promise<void> {
    const ended = new Promise<number | null>((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', resolve);
    });
    if (this.child.stdout !== null) {
      createInterface({ input: this.child.stdout }).on('line', (line) => {
        const event = JSON.parse(line) as RunEvent;
        if (event.event === 'kernel') this.kernelPid = event.pid;
        if (event.event === 'notebook_done') this.kernelPid = null;
        onEvent(event);
      });
    }
    const code = await ended;
    this.kill(); // a kernel left behind by a driver that was killed
    if (code !== 0) {
      throw new Error(
        `Cannot run notebooks: expected the driver to end with 0, got ${code}\n${this.complaints}`,
      );
    }
  }
}
