/**
 * The guide's image classifier: three [conv 3×3 → ReLU → max-pool 2] stages, then two linear layers,
 * after LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998.
 */
import * as tf from '../engine/tf';
import * as nn from '../nn';

/** Maps grey images `[b, 28, 28, 1]` to logits `[b, numClasses]`. */
export class CNN extends nn.Module {
  readonly conv1 = new nn.Conv2d(1, 32, 3, { padding: 1 });
  readonly conv2 = new nn.Conv2d(32, 64, 3, { padding: 1 });
  readonly conv3 = new nn.Conv2d(64, 128, 3, { padding: 1 });
  readonly pool = new nn.MaxPool2d(2, 2);
  readonly fc1 = new nn.Linear(128 * 3 * 3, 512);
  readonly fc2: nn.Linear;
  readonly dropout = new nn.Dropout(0.5);

  constructor({ numClasses = 10 } = {}) {
    super();
    this.fc2 = new nn.Linear(512, numClasses);
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    x = this.pool.forward(tf.relu(this.conv1.forward(x))); // [b, 14, 14, 32]
    x = this.pool.forward(tf.relu(this.conv2.forward(x))); // [b, 7, 7, 64]
    x = this.pool.forward(tf.relu(this.conv3.forward(x))); // [b, 3, 3, 128]
    const flat = nn.flatten(x); // [b, 1152], in PyTorch's channel order
    return this.fc2.forward(this.dropout.forward(tf.relu(this.fc1.forward(flat))));
  }
}
