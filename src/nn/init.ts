/** The ways PyTorch's layers choose their first weights. */
import { normal, uniform } from '../engine/random';
import * as tf from '../engine/tf';

/**
 * Uniform in ±bound. With bound 1/√fanIn this is PyTorch's `kaiming_uniform_(a=√5)`, the default of linear and
 * convolution weights, and of their biases.
 */
export function uniformWithin<R extends tf.Rank>(shape: tf.ShapeMap[R], bound: number): tf.Tensor<R> {
  return uniform<R>(shape, -bound, bound);
}

/** Uniform in ±√(6 / (fanIn + fanOut)): Glorot and Bengio, 2010; PyTorch's choice for attention's projections. */
export function xavierUniform(shape: [number, number]): tf.Tensor2D {
  return uniformWithin<tf.Rank.R2>(shape, Math.sqrt(6 / (shape[0] + shape[1])));
}

/** Normal with standard deviation √(2 / fanOut): He et al., 2015; torchvision's choice for residual networks. */
export function kaimingNormal<R extends tf.Rank>(shape: tf.ShapeMap[R], fanOut: number): tf.Tensor<R> {
  return normal<R>(shape, 0, Math.sqrt(2 / fanOut));
}
