/** Methods that give the tensor itself other values. */
import { isGradEnabled, isLeaf, requiresGrad } from '../autograd';
import { replaceData } from '../autograd/grads';
import { edgeOf, setEdge } from '../autograd/tapenode';
import * as tf from '../tfjs';
import { indexMethods } from './indexing';
import type { InPlaceMethods, Methods } from './methods';
import { jointShape } from './operands';

/**
 * Gives `tensor` the value that `compute` makes of it. What an operation has saved of the old value stays as it was, so
 * that gradients are those of what was computed.
 * @throws Error for a leaf that requires gradients, outside of `noGrad`; TypeError for a result of another shape or type
 */
function change<T extends tf.Tensor>(tensor: T, compute: () => tf.Tensor): T {
  if (isGradEnabled() && requiresGrad(tensor) && isLeaf(tensor)) {
    throw new Error(
      'Cannot change in place: a leaf that requires grad is being used in an in-place operation; expected it within noGrad',
    );
  }
  const result = compute();
  const value = result.dtype === tensor.dtype ? result : tf.cast(result, tensor.dtype);
  if (!tf.util.arraysEqual(value.shape, tensor.shape)) {
    throw new TypeError(
      `Cannot change in place: expected a result of shape [${tensor.shape.join(', ')}], got [${value.shape.join(', ')}]`,
    );
  }
  if (tensor instanceof tf.Variable) tensor.assign(value);
  else {
    replaceData(tensor, value);
    if (isGradEnabled()) setEdge(tensor, edgeOf(value));
  }
  return tensor;
}

/** Of `this`: a tensor. */
export const inPlaceMethods: Methods<InPlaceMethods> = {
  add_(other, { alpha = 1 } = {}) {
    return change(this, () => this.add(other, { alpha }));
  },
  sub_(other, { alpha = 1 } = {}) {
    return change(this, () => this.sub(other, { alpha }));
  },
  mul_(other) {
    return change(this, () => this.mul(other));
  },
  div_(other) {
    return change(this, () => this.div(other));
  },
  clamp_(min = null, max = null) {
    return change(this, () => this.clamp(min, max));
  },
  copy_(other) {
    return change(this, () => {
      jointShape('copy_', this, other);
      return tf.broadcastTo(other, this.shape);
    });
  },
  lerp_(end, weight) {
    return change(this, () => this.lerp(end, weight));
  },
  addcmul_(a, b, options) {
    return change(this, () => this.addcmul(a, b, options));
  },
  addcdiv_(a, b, options) {
    return change(this, () => this.addcdiv(a, b, options));
  },
  fill_(value) {
    return change(this, () => tf.fill(this.shape, value, this.dtype as 'float32'));
  },
  zero_() {
    return change(this, () => tf.zeros(this.shape, this.dtype));
  },
  maskedFill_(mask, value) {
    return change(this, () => indexMethods.maskedFill.call(this, mask, value));
  },
};
