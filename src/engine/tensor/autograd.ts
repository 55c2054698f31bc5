/** Methods of autograd. */
import { backward, isLeaf, requiresGrad } from '../autograd';
import { gradOf, setGrad } from '../autograd/grads';
import { sameData } from '../autograd/tape';
import { edgeOf, type GradientHook, setRequiresGrad } from '../autograd/tapenode';
import * as tf from '../tfjs';
import type { AutogradMethods, Methods } from './methods';

/** @throws Error for a tensor that gradients do not reach */
function hooksOf(tensor: tf.Tensor, what: string): GradientHook[] {
  const edge = edgeOf(tensor);
  if (!edge)
    throw new Error(
      `Cannot ${what}: the tensor does not require grad; call requiresGrad_() before it is used`,
    );
  return (edge.node.hooks[edge.index] ??= []);
}

function wantGrad(tensor: tf.Tensor, mode: boolean): void {
  if (!isLeaf(tensor)) {
    if (mode) return;
    throw new Error(
      'Cannot set requiresGrad: you can only change it for leaves, this tensor was computed; detach() gives one that does not require grad',
    );
  }
  if (mode && tensor.dtype !== 'float32') {
    throw new TypeError(`Cannot set requiresGrad: expected a float32 tensor, got ${tensor.dtype}`);
  }
  setRequiresGrad(tensor, mode);
}

type Functions = Omit<AutogradMethods, 'grad' | 'requiresGrad' | 'isLeaf' | 'gradFn'>;

/** Of `this`: a tensor. */
export const autogradMethods: Methods<Functions> = {
  backward(options) {
    backward(this, options);
  },
  requiresGrad_(mode = true) {
    wantGrad(this, mode);
    return this;
  },
  detach() {
    return sameData(this);
  },
  retainGrad() {
    if (isLeaf(this)) return;
    const reference = new WeakRef(this);
    hooksOf(this, 'retain the gradient').push((gradient) => {
      const tensor = reference.deref();
      if (tensor) setGrad(tensor, gradient);
    });
  },
  registerHook(hook) {
    const hooks = hooksOf(this, 'register a hook');
    hooks.push(hook);
    return () => {
      const at = hooks.indexOf(hook);
      if (at >= 0) hooks.splice(at, 1);
    };
  },
};

/** Properties that are computed. */
export const autogradProperties: PropertyDescriptorMap = {
  grad: {
    get(this: tf.Tensor) {
      return gradOf(this);
    },
    set(this: tf.Tensor, gradient: tf.Tensor | null) {
      setGrad(this, gradient);
    },
  },
  requiresGrad: {
    get(this: tf.Tensor) {
      return requiresGrad(this);
    },
    set(this: tf.Tensor, mode: boolean) {
      wantGrad(this, mode);
    },
  },
  isLeaf: {
    get(this: tf.Tensor) {
      return isLeaf(this);
    },
  },
  gradFn: {
    get(this: tf.Tensor) {
      return isLeaf(this) ? null : (edgeOf(this)?.node.name ?? null);
    },
  },
};
