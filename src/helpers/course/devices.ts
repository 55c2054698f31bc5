/** Times the two operations that deep learning spends its time in, on every kind of device of this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { median } from '../../engine/compile/profile';
import * as tf from '../../engine/tf';

const KINDS = ['gpu', 'cpu', 'js'] as const;
const SIDE = 512;

/** Medians on one device, in milliseconds, the result brought back to JavaScript included. */
export interface DeviceTiming {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  /** A 512 × 512 matrix product, float32. */
  readonly matmulMs: number;
  /** A 3 × 3 convolution, 16 to 32 channels, of 8 images 28 × 28. */
  readonly convMs: number;
}

/**
 * Times every device that is present, each in a process of its own with TSDL_DEVICE set; plain JavaScript always is.
 * @param repeats how often each operation runs after one warm-up
 */
export async function timeDevices(repeats = 7): Promise<DeviceTiming[]> {
  const present =
    tf.device.kind === 'gpu' ? KINDS : KINDS.filter((kind) => kind === tf.device.kind || kind === 'js');
  const timings: DeviceTiming[] = [];
  for (const kind of present) timings.push(await timeIn(kind, repeats)); // one at a time: they would disturb each other
  return timings;
}

async function timeIn(kind: DeviceTiming['kind'], repeats: number): Promise<DeviceTiming> {
  const code =
    (__filename.endsWith('.ts') ? `require('ts-node/register/transpile-only');` : '') +
    `const m = require(${JSON.stringify(__filename)});` +
    `process.stdout.write('\\n' + JSON.stringify(m.timeHere(${repeats})));`;
  const env = { ...process.env, TSDL_DEVICE: kind, TF_CPP_MIN_LOG_LEVEL: '3' };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { cwd: __dirname, env });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as DeviceTiming;
}

/** Times the device of this process. */
export function timeHere(repeats: number): DeviceTiming {
  const a = tf.randomNormal([SIDE, SIDE], 0, 1, 'float32', 1);
  const x = tf.randomNormal([8, 28, 28, 16], 0, 1, 'float32', 2);
  const w = tf.randomNormal([3, 3, 16, 32], 0, 1, 'float32', 3);
  const matmulMs = medianMs(() => tf.matMul(a, a), repeats);
  const convMs = medianMs(() => tf.conv2d(x, w, 1, 'same'), repeats);
  tf.dispose([a, x, w]);
  return { kind: tf.device.kind, name: tf.device.name, matmulMs, convMs };
}

function medianMs(work: () => tf.Tensor, repeats: number): number {
  const times = Array.from({ length: repeats + 1 }, () => {
    const start = performance.now();
    tf.tidy(() => tf.sum(work()).dataSync());
    return performance.now() - start;
  });
  return median(times.slice(1));
}
