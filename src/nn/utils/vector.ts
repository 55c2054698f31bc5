/** All parameters as one vector, in PyTorch's order of elements, and back. */
import { noGrad } from '../../engine/autograd';
import { refusal } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import { isVariable, torchOrder } from '../parameter';

const orderOf = (parameter: tf.Tensor) => (isVariable(parameter) ? torchOrder(parameter) : undefined);

/**
 * The parameters one after another, as `torch.nn.utils.parameters_to_vector`.
 * @example
 * const vector = nn.utils.parametersToVector(new nn.Linear(2, 3).parameters()); // 9 elements
 */
export function parametersToVector(parameters: Iterable<tf.Tensor>): tf.Tensor1D {
  const parts = [...parameters].map((parameter) => {
    const order = orderOf(parameter);
    return tf.reshape(order ? tf.transpose(parameter, order.to) : parameter, [-1]);
  });
  return tf.concat(parts);
}

/**
 * Gives the parameters the values of a vector, as `torch.nn.utils.vector_to_parameters`.
 * @throws TypeError unless the vector has as many elements as they
 */
export function vectorToParameters(vector: tf.Tensor1D, parameters: Iterable<tf.Variable>): void {
  const list = [...parameters];
  const size = list.reduce((sum, parameter) => sum + parameter.size, 0);
  if (vector.rank !== 1 || vector.size !== size)
    throw refusal('vectorToParameters', `a vector [${size}]`, vector);
  let from = 0;
  noGrad(() => {
    for (const parameter of list) {
      tf.tidy(() => {
        const order = orderOf(parameter);
        const { shape } = parameter;
        const torchShape = order ? order.to.map((axis) => shape[axis] ?? 0) : shape;
        const part = tf.reshape(tf.slice(vector, [from], [parameter.size]), torchShape);
        parameter.assign(order ? tf.transpose(part, order.from) : part);
      });
      from += parameter.size;
    }
  });
}
