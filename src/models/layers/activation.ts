/** Activations as modules; as functions they are `tf.relu`, `tf.sigmoid`, … and `nn.gelu`. */
import * as tf from '../../engine/tf';
import { Module } from './module';

/** max(0, x). */
export class ReLU extends Module {
  forward<T extends tf.Tensor>(x: T): T {
    return tf.relu(x);
  }
}

/** 1 / (1 + e⁻ˣ). */
export class Sigmoid extends Module {
  forward<T extends tf.Tensor>(x: T): T {
    return tf.sigmoid(x);
  }
}
