/**
 * `node cudnn.ts`: how far LSTM and GRU by cuDNN are from the stepwise form, gradients included, and how long a training
 * step takes in both. Run in a process of its own by `tsdl gpucheck`; without a card it says only that.
 */
import { allowCudnn, type CudnnCell } from '../../src/engine/ops/cudnn';
import { cudnnDifference, cudnnLimit, prepareCudnn } from '../../src/engine/ops/cudnncheck';
import * as tf from '../../src/engine/tf';
import { accelerate } from '../../src/helpers/train/accelerate';
import * as nn from '../../src/nn';

interface Row {
  readonly cell: CudnnCell;
  readonly directions: 1 | 2;
  /** Largest difference; null where cuDNN failed. */
  readonly difference: number | null;
  readonly error?: string;
}

function row(cell: CudnnCell, directions: 1 | 2): Row {
  try {
    return { cell, directions, difference: cudnnDifference(cell, directions) };
  } catch (error) {
    return {
      cell,
      directions,
      difference: null,
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Median milliseconds of a recorded forward and backward run: two layers, two directions, h 128, t 100, b 64. */
function stepMs(cudnn: boolean): number {
  allowCudnn('lstm', cudnn);
  const model = new nn.LSTM(128, 128, { numLayers: 2, bidirectional: true, batchFirst: true });
  const x = tf.randomNormal([64, 100, 128], 0, 1, 'float32', 1);
  const step = accelerate((input: tf.Tensor) => {
    const loss = () => tf.mean(tf.square(model.forward(input)[0]));
    const { value, grads } = tf.variableGrads(loss, model.parameters());
    return [value, ...Object.values(grads).map((gradient) => tf.sum(gradient))];
  }, true);
  const times = Array.from({ length: 13 }, () => {
    const start = performance.now();
    tf.tidy(() => step.run(x).forEach((result) => result.dataSync()));
    return performance.now() - start;
  });
  step.dispose();
  return times.slice(3).sort((a, b) => a - b)[5] ?? NaN;
}

function main(): void {
  const gpu = tf.device.kind === 'gpu';
  const cells: CudnnCell[] = ['lstm', 'gru'];
  const rows = gpu ? cells.flatMap((cell) => [row(cell, 1), row(cell, 2)]) : [];
  const faults = cells.flatMap((cell) => prepareCudnn(cell) ?? []);
  const usable = gpu && faults.length === 0;
  const milliseconds = usable ? { stepwise: stepMs(false), cudnn: stepMs(true) } : undefined;
  console.log(JSON.stringify({ device: tf.device, limit: cudnnLimit(), rows, faults, milliseconds }));
}

main();
