/**
 * How a step's time falls with the number of workers, on paper: `npm run bench -- --only scaling`. A ring of n workers sends each
 * of them 2 (n − 1) / n times the gradients' bytes in 2 (n − 1) messages, one after the other; TensorFlow's own handling of
 * the bytes is slower than a fast network, and both its figures are measured by `--only sums`.
 */

/** A way from worker to worker. */
export interface Link {
  readonly name: string;
  /** Bytes a second, and seconds a message. */
  readonly rate: number;
  readonly latency: number;
}

/**
 * Measured on two cores of an AMD EPYC, two workers over the network, the smallest of 21: 4 bytes in 1.1 ms, which are two
 * messages, and 100 MB in 258 ms.
 */
export const TENSORFLOW: Link = { name: 'TensorFlow', rate: 100e6 / 0.258, latency: 1.1e-3 / 2 };

/** NVLink is NCCL's, which needs TensorFlow's handling for nothing; its figures are the makers', not measured here. */
export const LINKS: readonly Link[] = [
  { name: '1 Gb/s', rate: Math.min(1e9 / 8, TENSORFLOW.rate), latency: 0.1e-3 + TENSORFLOW.latency },
  { name: '10 Gb/s', rate: Math.min(1e10 / 8, TENSORFLOW.rate), latency: 0.1e-3 + TENSORFLOW.latency },
  { name: 'NVLink, 300 GB/s', rate: 300e9, latency: 10e-6 },
];

const SIZES = [1e6, 10e6, 100e6];
const WORKERS = [1, 2, 4, 8, 16];
/** Seconds that one worker computes on the whole batch. */
const COMPUTE = 1;

/** Seconds of a step: this worker's part of the computing, then the sum. */
export function stepSeconds(
  workers: number,
  bytes: number,
  { rate, latency }: Link,
  compute = COMPUTE,
): number {
  const sends = 2 * (workers - 1);
  return compute / workers + (sends / workers) * (bytes / rate) + sends * latency;
}

/** The Markdown table: seconds a step, and what part of n times one worker's speed that is. */
export function scalingTable(): string {
  const lines = [
    `| Gradients | Network | ${WORKERS.map((n) => (n === 1 ? '1 worker' : String(n))).join(' | ')} |`,
    `| :-- | :-- | ${WORKERS.map(() => '--:').join(' | ')} |`,
  ];
  for (const bytes of SIZES) {
    for (const link of LINKS) {
      const cells = WORKERS.map((n) => {
        const seconds = stepSeconds(n, bytes, link);
        return n === 1
          ? seconds.toFixed(2)
          : `${seconds.toFixed(2)} (${Math.round((100 * COMPUTE) / (n * seconds))} %)`;
      });
      lines.push(`| ${[`${bytes / 1e6} MB`, link.name, ...cells].join(' | ')} |`);
    }
  }
  return lines.join('\n');
}
