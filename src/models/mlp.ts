/**
 * The guide's multi-layer perceptron: two hidden layers with ReLU, then logits, after Rumelhart, Hinton and Williams,
 * "Learning Representations by Back-propagating Errors", 1986.
 */
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** Maps `[b, inputSize]` to logits `[b, outputSize]`. */
export class MLP extends nn.Module {
  readonly layer1: nn.Linear;
  readonly relu = new nn.ReLU();
  readonly layer2: nn.Linear;
  readonly layer3: nn.Linear;

  constructor(inputSize: number, hiddenSize: number, outputSize: number) {
    super();
    this.layer1 = new nn.Linear(inputSize, hiddenSize);
    this.layer2 = new nn.Linear(hiddenSize, hiddenSize);
    this.layer3 = new nn.Linear(hiddenSize, outputSize);
  }

  forward(x: tf.Tensor2D): tf.Tensor2D {
    x = this.relu.forward(this.layer1.forward(x)); // [b, hiddenSize]
    x = this.relu.forward(this.layer2.forward(x));
    return this.layer3.forward(x);
  }
}
