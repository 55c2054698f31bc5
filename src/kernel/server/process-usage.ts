/** What the kernel's processes use, for jupyter-resource-usage. */
import { readFileSync } from 'node:fs';
import { cpus, freemem, hostname, totalmem } from 'node:os';

import type { Json } from '../jupyter/wire';
import { statOf } from './processes';

/** Ticks of a second and bytes of a page, as Linux counts them for every program. */
const TICKS = 100;
const PAGE = 4096;

interface Sample {
  readonly at: number;
  readonly seconds: number;
}

/** Answers usage_request; processor time is that since the request before. */
export class Usage {
  private last: Sample = { at: performance.now(), seconds: 0 };

  /** @param runtime The process in which cells run. */
  report(runtime: number | undefined): Json {
    const { user, system } = process.cpuUsage();
    const other = runtime === undefined ? { bytes: 0, seconds: 0 } : processUsage(runtime);
    const now = { at: performance.now(), seconds: (user + system) / 1e6 + other.seconds };
    const elapsed = Math.max(1, now.at - this.last.at) / 1000;
    const percent = (100 * Math.max(0, now.seconds - this.last.seconds)) / elapsed;
    this.last = now;
    const [total, free] = [totalmem(), freemem()];
    return {
      hostname: hostname(),
      pid: runtime ?? process.pid,
      kernel_cpu: percent,
      kernel_memory: process.memoryUsage.rss() + other.bytes,
      cpu_count: cpus().length,
      host_cpu_percent: 0,
      host_virtual_memory: {
        total,
        available: free,
        percent: (100 * (total - free)) / total,
        used: total - free,
        free,
      },
    };
  }
}

/** Of another process; nothing where the system has no /proc. */
function processUsage(pid: number): { bytes: number; seconds: number } {
  try {
    const fields = statOf(pid) ?? [];
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return { bytes: pages * PAGE, seconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
  } catch {
    return { bytes: 0, seconds: 0 };
  }
}
