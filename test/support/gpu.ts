/** Tests that need an NVIDIA card: they run where one computes and say why elsewhere. */
import * as tf from '../../src/engine/tf';

const why = tf.device.kind === 'gpu' ? undefined : `needs a CUDA GPU; computing on ${tf.device.kind} here`;

/** Like `it`; without a card a pending test whose title says why. */
export function onGpu(title: string, body: () => void | Promise<void>): void {
  if (why === undefined) it(title, body).timeout(120_000);
  else it.skip(`${title} [gpu: ${why}]`, body);
}
