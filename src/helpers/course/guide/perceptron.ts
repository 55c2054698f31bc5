/**
 * The guide's perceptron: one linear unit and a sigmoid, after Rosenblatt, "The Perceptron: A Probabilistic Model for
 * Information Storage and Organization in the Brain", 1958.
 */
import * as tf from '../../../engine/tf';
import * as nn from '../../../nn';

/** Maps `[b, inputSize]` to probabilities `[b, 1]`. */
export class Perceptron extends nn.Module {
  readonly linear: nn.Linear;

  constructor(inputSize: number) {
    super();
    this.linear = new nn.Linear(inputSize, 1);
  }

  forward(x: tf.Tensor2D): tf.Tensor2D {
    return tf.sigmoid(this.linear.forward(x));
  }
}
