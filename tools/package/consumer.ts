/**
 * What every row of `npm run test:package` runs: one epoch of the guide's CNN on a few patterns, a .pth file that
 * PyTorch wrote, a picture. It prints what came out, as JSON.
 */
import { io, manualSeed, models, nn, optim, train } from 'tsdl';
import * as tf from 'tsdl/engine/tf';
import { DataLoader, TensorDataset } from 'tsdl/helpers/data';
import { lineChart } from 'tsdl/viz/charts';

const SAMPLES = 64;

async function main(pth: string): Promise<void> {
  manualSeed(0);
  const classes = Int32Array.from({ length: SAMPLES }, (_, i) => i % 10);
  const images = tf.tidy(() => {
    const level = tf.cast(tf.tensor1d(classes, 'int32'), 'float32').div(10);
    return tf.mul(level.reshape([SAMPLES, 1, 1, 1]), tf.ones([SAMPLES, 28, 28, 1]));
  });
  const model = new models.CNN();
  const history = await train.fit(model, {
    epochs: 1,
    train: new DataLoader(new TensorDataset(images, tf.tensor1d(classes, 'int32')), { batchSize: 16 }),
    loss: nn.crossEntropy,
    optimizer: new optim.Adam(model.parameters()),
    display: false,
  });
  const state = await io.readStateDict(pth);
  const png: Uint8Array = lineChart({ 损失: [3, 2, 1] }, { title: '训练' }).png();
  console.log(
    JSON.stringify({
      device: tf.device.kind,
      loss: Number(history.epochs[0]?.loss.toFixed(4)),
      state: [...state.keys()].length,
      png: png.length,
    }),
  );
}

void main(process.env.PTH ?? '');
