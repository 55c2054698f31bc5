/** A run of notebooks from the job to the report. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { draftBeside } from '../../../bin/bootstrap/atomic';
import { Fault } from '../../../bin/bootstrap/fault';
import { say } from '../../../bin/bootstrap/language';
import { visible, visibleInLine } from '../../../bin/bootstrap/visible';
import { ownVersion } from '../../engine/backend/paths';
import { writeWhole } from '../../helpers/files/cache';
import { writeAtomically } from '../../helpers/files/file';
import { pythonOf } from '../../setup/interpreter';
import { jupyterEnvironment } from '../../setup/kernelspec';
import { annotation, command } from './annotations';
import { writeOutputs } from './clean';
import { Driver, type Job, type JobNotebook, type RunEvent } from './driver';
import { failureText, type RunFiles } from './failure';
import { baseName, jobsOf } from './jobs';
import { junit } from './junit';
import { type Notebook, parseNotebook } from './notebook';
import type { RunOptions } from './options';
import {
  buildReport,
  deviceText,
  duration,
  type NotebookReport,
  notRun,
  type Report,
  stampOf,
  table,
} from './report';
import { Screen } from './screen';

/** How long a kernel may take to start, in seconds. */
const STARTUP_SECONDS = 60;
/** How often the living line is redrawn, in milliseconds. */
const REDRAW_MS = 1000;
/** Lines of the kernel's own output shown when it failed. */
const LOG_LINES = 15;

/** Prints the device as JSON; the name is one that no notebook uses. */
const DEVICE_PROBE =
  "import { device as tsdlRunDevice } from 'tsdl/engine/tf';\nconsole.log(JSON.stringify(tsdlRunDevice));";

/** Stands in the JUnit file until the run ends: a run that is killed must not leave the results of the last one. */
const UNFINISHED = new Error('the run did not end');

/** What the kernels see: fixed seed, fixed profile, and no network in the smoke profile, so that runs repeat. */
export function kernelEnvironment(profile: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return {
    ...(profile === 'smoke' ? { TSDL_OFFLINE: '1' } : {}),
    TSDL_SEED: '0',
    ...env,
    ...jupyterEnvironment(),
    TSDL_PROFILE: profile,
    JUPYTER_PREFER_ENV_PATH: '1', // the kernels of this project before those of the user
    JUPYTER_PLATFORM_DIRS: '1',
  };
}

/** Seconds each notebook took in the last run of the same profile into the same folder. */
function lastTimes({ out, profile }: RunOptions): Map<string, number> {
  const path = join(out, 'report.json');
  if (!existsSync(path)) return new Map();
  try {
    const last = JSON.parse(readFileSync(path, 'utf8')) as Report;
    if (last.profile !== profile) return new Map();
    const passed = last.notebooks.filter(({ status }) => status === 'passed');
    return new Map(passed.map(({ path, seconds }) => [path, seconds]));
  } catch {
    return new Map(); // only an estimate is lost
  }
}

/** One run: its notebooks, what they came to so far, and what is on screen. */
export class Run {
  private readonly started = new Date();
  private readonly entries = new Map<string, NotebookReport>();
  private readonly jobs: readonly JobNotebook[];
  private readonly screen: Screen;
  private readonly expected: Map<string, number>;
  private readonly env: NodeJS.ProcessEnv;
  private cells: readonly boolean[] = [];
  private versions: Record<string, string> = {};
  private error: Error | undefined;

  constructor(private readonly options: RunOptions) {
    const { stdout } = process;
    this.jobs = jobsOf(options.notebooks, options.out);
    this.env = kernelEnvironment(options.profile);
    this.expected = lastTimes(options);
    this.screen = new Screen(this.jobs.length, {
      tty: stdout.isTTY,
      columns: stdout.columns || 80,
      write: (text) => void stdout.write(text),
      now: () => performance.now() / 1000,
    });
  }

  async execute(): Promise<Report> {
    mkdirSync(this.options.out, { recursive: true });
    this.openJunit();
    const driver = new Driver(pythonOf(), this.job(), this.env);
    const release = this.onInterrupt(driver);
    const timer = setInterval(() => this.screen.draw(), REDRAW_MS);
    try {
      await driver.run((event) => this.handle(event));
    } catch (error) {
      this.error = error as Error;
    } finally {
      clearInterval(timer);
      release();
    }
    return this.save();
  }

  private job(): Job {
    const { kernel, cellSeconds, notebookSeconds } = this.options;
    return {
      notebooks: this.jobs.map((job) => ({ ...job, draft: draftBeside(job.out) })),
      kernel: kernel ?? null,
      cellSeconds,
      notebookSeconds,
      startupSeconds: STARTUP_SECONDS,
      deviceProbe: DEVICE_PROBE,
    };
  }

  /** The first Ctrl-C ends the kernel and keeps what was executed; the second ends everything at once. */
  private onInterrupt(driver: Driver): () => void {
    let count = 0;
    const handler = () => {
      this.screen.clear();
      if (++count > 1) return driver.kill();
      console.log(
        say({
          zh: '正在停止……（再按一次 Ctrl-C 立即结束）',
          en: 'Stopping … (Ctrl-C again ends it at once)',
        }),
      );
      driver.stop();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, handler);
    return () => signals.forEach((signal) => process.off(signal, handler));
  }

  private handle(event: RunEvent): void {
    switch (event.event) {
      case 'ready':
        this.versions = event.versions;
        break;
      case 'notebook': {
        this.cells = event.cells;
        const index = this.jobs.findIndex(({ path }) => path === event.path);
        const { name = '' } = this.jobs[index] ?? {};
        this.screen.startNotebook(name, index + 1, event.cells, this.expected.get(event.path));
        break;
      }
      case 'cell':
        this.screen.startCell();
        break;
      case 'cell_done':
        this.screen.endCell(event.seconds);
        break;
      case 'output':
        this.screen.showOutput(event.text);
        break;
      case 'notebook_done':
        this.finish(event);
        break;
    }
  }

  private finish(event: Extract<RunEvent, { event: 'notebook_done' }>): void {
    const entry: NotebookReport = {
      notebook: this.jobs.find(({ path }) => path === event.path)?.name ?? baseName(event.path),
      path: event.path,
      cells: this.cells.filter(Boolean).length,
      executed: event.executed,
      seconds: Number(event.seconds.toFixed(2)),
      cellSeconds: event.cellSeconds,
      device: deviceText(event.device),
      peakMB: event.peakMB,
      status: event.error === null ? 'passed' : 'failed',
      error: event.error,
    };
    this.entries.set(event.path, entry);
    this.screen.endNotebook(entry);
    this.annotate(entry);
    this.save(UNFINISHED);
  }

  private report(): Report {
    const notebooks = this.jobs.map(({ name, path }) => this.entries.get(path) ?? notRun(name, path));
    return buildReport(this.options, notebooks, {
      complete: this.error === undefined,
      started: this.started,
      seconds: Number(((Date.now() - this.started.getTime()) / 1000).toFixed(2)),
      seed: this.env.TSDL_SEED ?? '',
      versions: { tsdl: ownVersion(), node: process.versions.node, ...this.versions },
    });
  }

  private save(fault = this.error): Report {
    const report = this.report();
    writeAtomically(this.reportFile, `${JSON.stringify(report, null, 2)}\n`);
    this.saveJunit(report, fault);
    return report;
  }

  /** Writes the first JUnit file, so that a place that cannot be written is told before an hour of training. */
  private openJunit(): void {
    try {
      this.saveJunit(this.report(), UNFINISHED);
    } catch (error) {
      const path = this.options.junit ?? '';
      throw new Fault(
        { zh: `无法写入 ${path}：${String(error)}。`, en: `Cannot write ${path}: ${String(error)}.` },
        { zh: '用 --junit 换一个文件', en: 'name another file with --junit' },
      );
    }
  }

  private get reportFile(): string {
    return join(this.options.out, 'report.json');
  }

  private saveJunit(report: Report, fault: Error | undefined): void {
    if (this.options.junit === undefined) return;
    writeWhole(this.options.junit, junit(report, process.cwd(), fault));
  }

  /** Tells GitHub Actions where a notebook failed, as soon as it did. */
  private annotate(entry: NotebookReport): void {
    if (process.env.GITHUB_ACTIONS !== 'true') return;
    const line = annotation(entry, process.env.GITHUB_WORKSPACE ?? process.cwd());
    if (line !== undefined) console.log(line);
  }

  /** Everything said after the run: failures, the table, where to look. */
  show(report: Report): void {
    this.screen.clear();
    for (const entry of report.notebooks) {
      const text = failureText(entry, this.executed(entry), this.files(entry), process.stdout.isTTY);
      if (text !== '') console.log(`\n${text}`);
    }
    if (this.error !== undefined) {
      console.log(`\n✗ ${visible(this.error.message)}`);
      if (process.env.GITHUB_ACTIONS === 'true')
        console.log(command({ title: 'tsdl run' }, this.error.message));
    }
    console.log(`\n${table(report.notebooks)}\n`);
    const [time, path] = [duration(report.seconds), relative(process.cwd(), this.reportFile)];
    console.log(say({ zh: `共 ${time}，报告：${path}`, en: `${time} in all; report: ${path}` }));
  }

  private executed({ notebook, status }: NotebookReport): Notebook | undefined {
    const path = join(this.options.out, `${notebook}.ipynb`);
    if (status !== 'failed' || !existsSync(path)) return undefined;
    try {
      return parseNotebook(readFileSync(path, 'utf8'), notebook);
    } catch {
      return undefined; // what was written there is the notebook's own affair
    }
  }

  private files({ notebook }: NotebookReport): RunFiles {
    const [executed, log] = ['.ipynb', '.kernel.log'].map((ending) =>
      join(this.options.out, notebook + ending),
    );
    const shown = relative(process.cwd(), executed ?? '');
    if (log === undefined || !existsSync(log)) return { notebook: shown };
    const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
    return { notebook: shown, log: { path: relative(process.cwd(), log), tail } };
  }

  /** Puts the outputs of the notebooks that passed into the notebooks themselves; false where one of them refuses. */
  writeBack(report: Report): boolean {
    let all = true;
    for (const entry of report.notebooks.filter(({ status }) => status === 'passed')) {
      const job = this.jobs.find(({ path }) => path === entry.path);
      if (job === undefined) continue;
      const path = visibleInLine(relative(process.cwd(), job.path));
      try {
        writeOutputs(job, stampOf(entry, report));
        console.log(say({ zh: `已写回：${path}`, en: `outputs written into ${path}` }));
      } catch (error) {
        all = false;
        const message = visible((error as Error).message);
        console.log(
          say({ zh: `✗ 没有写回 ${path}：${message}`, en: `✗ ${path} stays as it was: ${message}` }),
        );
      }
    }
    return all;
  }
}
