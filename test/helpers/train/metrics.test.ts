import assert from 'node:assert/strict';

import * as tf from '../../../src/engine/tf';
import { IGNORED } from '../../../src/helpers/data/text';
import { Average } from '../../../src/helpers/train/average';
import { evaluate } from '../../../src/helpers/train/evaluate';
import {
  accuracy,
  binaryAccuracy,
  f1,
  meanAbsoluteError,
  meanIou,
  type Metric,
  precision,
  recall,
  talliesOf,
  topK,
} from '../../../src/helpers/train/metrics';
import { blobs, TinyNet } from '../../support/blobs';
import { assertClose } from '../../support/close';

// Classes 0, 1, 2 against 0, 2, 2, 1: confusion [[1,0,0],[0,0,1],[0,1,1]].
const logits = tf.tensor2d([
  [5, 1, 0],
  [0, 3, 2],
  [0, 1, 4],
  [0, 2, 3],
]);
const labels = tf.tensor1d([0, 2, 2, 1], 'int32');

const of = (metric: Metric, output: tf.Tensor = logits, target: tf.Tensor = labels): number =>
  tf.tidy(() => metric.value(metric.tally(output, target).dataSync()));

describe('metrics', () => {
  it('accuracy counts hits', () => assert.equal(of(accuracy()), 0.5));

  it('accuracy takes one-hot targets and outputs of sequences', () => {
    assert.equal(of(accuracy(), logits, tf.oneHot(labels, 3)), 0.5);
    assert.equal(of(accuracy(), tf.reshape(logits, [2, 2, 3]), tf.reshape(labels, [2, 2])), 0.5);
  });

  it('accuracy and topK leave out what the loss does', () => {
    const some = tf.tensor1d([0, IGNORED, 2, IGNORED], 'int32');
    assert.equal(of(accuracy(), logits, some), 1);
    assert.equal(of(topK(1), logits, some), 1);
    assert.equal(of(topK(2), logits, tf.tensor1d([2, IGNORED, 1, IGNORED], 'int32')), 0.5);
    assert.ok(Number.isNaN(of(accuracy(), logits, tf.fill([4], IGNORED, 'int32'))));
  });

  it('topK counts targets among the k largest', () => {
    assert.equal(of(topK(1)), 0.5);
    assert.equal(of(topK(2)), 1);
  });

  // scikit-learn 1.5: precision_score, recall_score, f1_score with average='macro'.
  it('precision, recall and F1 are those of scikit-learn (macro)', () => {
    assertClose([of(precision()), of(recall()), of(f1())], [0.5, 0.5, 0.5]);
    const skewed = tf.tensor1d([0, 1, 2, 2], 'int32');
    assertClose([of(precision(), logits, skewed), of(recall(), logits, skewed)], [1, 1]);
    const other = tf.tensor1d([0, 0, 2, 1], 'int32');
    assertClose(
      [of(precision(), logits, other), of(recall(), logits, other), of(f1(), logits, other)],
      [0.5, 0.5, (2 / 3 + 0 + 2 / 3) / 3],
    );
  });

  it('a class that neither occurs nor is predicted counts in no mean over classes', () => {
    const perfect = tf.oneHot(tf.tensor1d([0, 2, 2], 'int32'), 5);
    for (const metric of [precision(), recall(), f1(), meanIou()]) {
      assert.equal(of(metric, perfect, tf.tensor1d([0, 2, 2], 'int32')), 1, metric.name);
      assertClose(of(metric, perfect, tf.tensor1d([0, 2, 1], 'int32')), { precision: 0.5, recall: 2 / 3, f1: (1 + 2 / 3) / 3, iou: 0.5 }[metric.name]!); // prettier-ignore
    }
  });

  it('mean IoU is hits over predicted or actual, for pixels as for samples', () => {
    // Classes 0, 1, 2 of four pixels: predicted 0 0 1 1, actual 0 1 1 2.
    const guess = tf.oneHot(tf.tensor3d([0, 0, 1, 1], [1, 2, 2], 'int32'), 3);
    assertClose(
      of(meanIou(), guess, tf.tensor3d([0, 1, 1, 2], [1, 2, 2], 'int32')),
      (1 / 2 + 1 / 3 + 0) / 3,
      1e-6,
    );
  });

  it('binary accuracy and mean absolute error', () => {
    const output = tf.tensor2d([[0.2], [0.7], [0.9]]);
    assertClose(of(binaryAccuracy(), output, tf.tensor1d([0, 1, 0])), 2 / 3);
    assertClose(of(meanAbsoluteError(), output, tf.tensor1d([0, 1, 1])), 0.2, 1e-6);
  });

  it('sum over unequal batches as over all samples', () => {
    const average = new Average();
    for (const [from, size] of [
      [0, 3],
      [3, 1],
    ] as const) {
      tf.tidy(() => {
        const tally = accuracy().tally(tf.slice(logits, from, size), tf.slice(labels, from, size));
        average.add({ size, loss: size, tallies: [tally.dataSync()] });
      });
    }
    assert.deepEqual(average.result([accuracy()]), { loss: 2.5, accuracy: 0.5 });
  });

  it('default to accuracy for class numbers only', () => {
    const [tally, ...more] = talliesOf(undefined, logits, labels);
    assert.deepEqual([tally?.dataSync(), more], [accuracy().tally(logits, labels).dataSync(), []]);
    assert.deepEqual(talliesOf(undefined, logits, logits), []);
    assert.equal(talliesOf([accuracy()], logits, logits).length, 1);
  });

  it('suit each loader, whatever the model was evaluated on before', async () => {
    const model = new TinyNet();
    const [x, y] = blobs(4).gather([0, 1, 2, 3]);
    assert.deepEqual(Object.keys(await evaluate(model, [[x, tf.zeros([4, 2])]])), []);
    assert.deepEqual(Object.keys(await evaluate(model, [[x, y]])), ['accuracy']);
  });

  it('refuse targets that do not fit', () => {
    assert.throws(
      () => of(accuracy(), logits, tf.tensor1d([1], 'int32')),
      /expected targets \[4\].*got \[1\]/,
    );
    assert.throws(() => topK(0), /integer k ≥ 1, got 0/);
  });
});
