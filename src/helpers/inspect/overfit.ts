/** The first thing to try with a new network: can it learn one batch by heart? */
import { say } from '../../../bin/bootstrap/language';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { yieldEvery } from '../notebook/pause';
import type { Optimizer } from '../optim/optimizers';
import type { Batch, LossFunction } from '../train/batches';
import { makeTrainingStep } from '../train/step';
import { dealt, rank, size, startAlike } from '../train/workers';

/** How the batch is learned, and when it counts as learned by heart. */
export interface OverfitOptions {
  readonly loss: LossFunction;
  readonly optimizer: Optimizer;
  /** Most steps; default 200. */
  readonly steps?: number;
  /** Learned by heart when the loss is below this; default 0.01. */
  readonly target?: number;
  readonly compile?: boolean;
}

/** The loss of each step, and whether the batch was learned by heart. */
export interface OverfitResult {
  readonly losses: number[];
  /** Whether the loss fell below the target. */
  readonly learned: boolean;
}

/**
 * Trains on one batch again and again and says whether the loss fell below `target`. A network that cannot do this
 * has a fault: in its layers, its loss, its labels or its learning rate.
 */
export async function overfitOneBatch(
  model: Module,
  batch: Batch,
  options: OverfitOptions,
): Promise<OverfitResult> {
  const { steps = 200, target = 0.01 } = options;
  if (size > 1) startAlike(model);
  const step = makeTrainingStep(model, { ...options, metrics: [] });
  const losses: number[] = [];
  const rest = yieldEvery();
  const train = async () => {
    while (losses.length < steps) {
      for (const share of dealt([batch])) losses.push(step.run(share).loss);
      if ((losses.at(-1) ?? NaN) < target || !Number.isFinite(losses.at(-1))) break;
      await rest();
    }
  };
  await withMode(model, 'train', train).finally(() => step.dispose());
  const last = losses.at(-1) ?? NaN;
  const learned = last < target;
  const verdict = learned
    ? say({
        zh: `✓ ${losses.length} 步后损失降到 ${last.toFixed(4)}：网络、损失和标签配合正常`,
        en: `✓ after ${losses.length} steps the loss is ${last.toFixed(4)}: network, loss and labels work together`,
      })
    : say({
        zh: `✗ ${losses.length} 步后损失仍为 ${last.toFixed(4)}（目标 ${target}）：请检查标签、损失函数、学习率和梯度是否中断`,
        en: `✗ after ${losses.length} steps the loss is still ${last.toFixed(4)} (goal ${target}): check the labels, the loss, the learning rate and whether gradients get through`,
      });
  if (rank === 0) console.log(verdict);
  return { losses, learned };
}
