/** Leaves that an optimizer moves. */
import { isLeaf, requiresGrad } from '../autograd';
import * as tf from '../tfjs';

/**
 * A leaf as a variable. A tensor that became one by `requiresGrad_()` stays the same object; from here on it is a
 * variable too, so that it can be given values and recordings know it.
 * @returns undefined for what is no leaf that requires gradients
 */
export function asVariable(tensor: tf.Tensor): tf.Variable | undefined {
  if (tensor instanceof tf.Variable) return tensor;
  if (!(tensor instanceof tf.Tensor) || !isLeaf(tensor) || !requiresGrad(tensor)) return undefined;
  const engine = tf.engine() as unknown as {
    registeredVariables: Record<string, tf.Variable>;
    nextVariableId(): number;
  };
  const name = String(engine.nextVariableId());
  const variable = Object.assign(Object.setPrototypeOf(tensor, tf.Variable.prototype) as tf.Variable, {
    name,
  });
  engine.registeredVariables[name] = tf.keep(variable);
  return variable;
}
