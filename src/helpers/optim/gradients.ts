/** Gradients as values: a loss and, beside it, its slope for each parameter. */
import { averaged, size } from '../../engine/cluster';
import { guard } from '../../engine/recording/guards';
import * as tf from '../../engine/tf';
import { unlistedParameters } from '../../nn/parameter';
import { reportHidden } from './unlisted';

/** Gradients by parameter; a parameter that the loss does not depend on has no entry. */
export type Gradients = Map<tf.Variable, tf.Tensor>;

/**
 * The loss and its gradients for those of `params` that are trainable. The caller disposes loss and gradients.
 * @example
 * const { loss, grads } = gradients(() => nn.crossEntropy(model.forward(x), y), model.parameters());
 * @throws RangeError if no parameter is trainable; an Error of TensorFlow.js if the loss depends on none
 */
export function gradients(
  loss: () => tf.Scalar,
  params: Iterable<tf.Variable>,
): { loss: tf.Scalar; grads: Gradients } {
  const all = [...params];
  const trainable = all.filter((variable) => guard(() => variable.trainable));
  if (trainable.length === 0) {
    throw new RangeError(
      `Cannot compute gradients: expected a trainable parameter, got ${all.length} frozen; set variable.trainable = true`,
    );
  }
  const unlisted = unlistedParameters(); // none from the second step on
  const { value, grads: byName } = tf.variableGrads(loss, [...trainable, ...unlisted]);
  const hidden = unlisted.filter((variable) => byName[variable.name] !== undefined);
  tf.dispose(hidden.map((variable) => byName[variable.name] as tf.Tensor));
  reportHidden(hidden);
  const grads: Gradients = new Map();
  for (const variable of trainable) {
    const gradient = byName[variable.name];
    if (gradient) grads.set(variable, gradient);
  }
  return size === 1 ? { loss: value, grads } : overWorkers(value, grads);
}

/** Means over all workers, in place of this one's own; gradients of the last layers are computed first. */
function overWorkers(loss: tf.Scalar, grads: Gradients): { loss: tf.Scalar; grads: Gradients } {
  const own = [loss, ...[...grads.values()].reverse()];
  const [mean, ...means] = averaged(own);
  tf.dispose(own);
  return {
    loss: mean as tf.Scalar,
    grads: new Map([...grads.keys()].map((key) => [key, means.pop() as tf.Tensor])),
  };
}
