/** Watches a card through nvidia-smi while something runs. */
import { spawn } from 'node:child_process';

/** One look at the card. */
export interface Sample {
  /** Share of the time in which a kernel ran, in percent. */
  readonly busy: number;
  /** Memory in use on the card, in MB. */
  readonly memory: number;
}

export interface CardUse {
  readonly samples: number;
  readonly meanBusy: number;
  readonly maxBusy: number;
  /** Medians of the first and of the last third, and the largest, in MB. */
  readonly firstMb: number;
  readonly lastMb: number;
  readonly peakMb: number;
}

const PERIOD_MS = 500;

/** Reads the lines of `nvidia-smi --query-gpu=utilization.gpu,memory.used --format=csv,noheader,nounits`. */
export function parseSamples(csv: string): Sample[] {
  return csv
    .split('\n')
    .map((line) => /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(line))
    .flatMap((match) => (match ? [{ busy: Number(match[1]), memory: Number(match[2]) }] : []));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

/** Undefined where nothing was seen. */
export function summarize(samples: readonly Sample[]): CardUse | undefined {
  if (samples.length === 0) return undefined;
  const third = Math.max(1, Math.floor(samples.length / 3));
  const memory = samples.map((sample) => sample.memory);
  const busy = samples.map((sample) => sample.busy);
  return {
    samples: samples.length,
    meanBusy: Math.round(busy.reduce((a, b) => a + b, 0) / busy.length),
    maxBusy: Math.max(...busy),
    firstMb: median(memory.slice(0, third)),
    lastMb: median(memory.slice(-third)),
    peakMb: Math.max(...memory),
  };
}

/** Watches card number `index`; the function it returns ends that and tells what was seen. */
export function watchCard(index: number): () => CardUse | undefined {
  const query = ['--query-gpu=utilization.gpu,memory.used', '--format=csv,noheader,nounits'];
  const child = spawn('nvidia-smi', [...query, `-lms`, String(PERIOD_MS), '-i', String(index)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let csv = '';
  child.on('error', () => undefined); // no nvidia-smi: nothing is seen
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (csv += chunk));
  return () => {
    child.kill();
    return summarize(parseSamples(csv));
  };
}
