/** From a gradient to the direction to descend. */
import { dynamicScalar } from '../../engine/recording/dynamic';
import { guard } from '../../engine/recording/guards';
import * as tf from '../../engine/tf';

/** The gradient to descend: turned round when maximizing, weight decay added unless it is decoupled. */
export function slopeOf(
  group: { readonly weightDecay: number; readonly maximize: boolean },
  decoupled = false,
): (parameter: tf.Variable, gradient: tf.Tensor) => tf.Tensor {
  const uphill = guard(() => group.maximize);
  const decay = !decoupled && guard(() => group.weightDecay !== 0) && dynamicScalar(() => group.weightDecay);
  return (parameter, gradient) => {
    const direction = uphill ? tf.neg(gradient) : gradient;
    return decay ? tf.add(direction, tf.mul(parameter, decay)) : direction;
  };
}
