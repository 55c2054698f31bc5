import assert from 'node:assert/strict';

import { compile } from '../../src/engine/compile';
import * as tf from '../../src/engine/tf';
import { fillByFormula, formulaInput } from '../../src/helpers/course/proof';
import { Adam } from '../../src/helpers/optim/optimizers';
import { advantages, policyLoss } from '../../src/helpers/train/policy';
import { ActorCritic } from '../../src/models/actorcritic';
import { decode, detectionLoss } from '../../src/models/detector';
import { TextureNet } from '../../src/models/texturenet';
import { UNet } from '../../src/models/unet';
import * as nn from '../../src/nn';
import { layoutOf } from '../../src/nn/parameter';
import { gramMatrix, totalVariation } from '../../src/nn/style';
import { assertClose } from '../support/close';
import { type RecordedVision, recordedVision, visionLosses, visionModels } from '../support/vision';

/** Names and shapes as PyTorch has them. */
function stateShapes(model: nn.Module): [string, number[]][] {
  return [...model.stateDict()].map(([name, variable]) => {
    const [h = 0, w = 0, i = 0, o = 0] = variable.shape;
    return [name, layoutOf(variable) === 'HWIO' ? [o, i, h, w] : variable.shape];
  });
}

for (const [name, spec] of Object.entries(visionModels)) {
  describe(`${name} beside PyTorch`, () => {
    const expected = recordedVision[name] as RecordedVision;

    it('has the tree, the parameters, the names and shapes', () => {
      const model = spec.build();
      assert.equal(String(model), expected.tree);
      assert.equal(
        model.parameters().reduce((sum, p) => sum + p.size, 0),
        expected.parameters,
      );
      assert.deepEqual(stateShapes(model), Object.entries(expected.state));
    });

    it('gives the same outputs', () => {
      const outputs = spec.outputs(fillByFormula(spec.build()).eval(), spec.batch(1000));
      assert.equal(outputs.length, expected.outputs.length);
      outputs.forEach((output, i) => assertClose(output.dataSync(), expected.outputs[i] ?? [], 1e-5));
    });

    it('has the same losses over five steps of training, compiled too', () => {
      assertClose(visionLosses(name), expected.losses, 1e-4);
      assertClose(visionLosses(name, compile), expected.losses, 1e-4);
    });
  });
}

describe('detectionLoss()', () => {
  it('is small for a grid that says the truth, and refuses other shapes', () => {
    const target = tf.tensor4d([1, 0.5, 0.5, 0.25, 0.5, 2, 0, 0, 0, 0, 0, -1], [1, 1, 2, 6]);
    const logit = (p: number) => Math.log(p / (1 - p));
    const truth = [20, logit(0.5), logit(0.5), logit(0.25), logit(0.5), -9, -9, 20, -20, 3, 3, 3, 3, 0, 0, 0];
    const right = detectionLoss(tf.tensor4d(truth, [1, 1, 2, 8]), target).dataSync()[0] ?? NaN;
    assert.ok(right < 1e-4, String(right));
    assert.throws(
      () => detectionLoss(tf.zeros([1, 2, 2, 8]), target),
      /got \[1, 2, 2, 8\] and \[1, 1, 2, 6\]/,
    );
  });
});

describe('decode()', () => {
  it('turns cells into boxes in pixels, the weaker of two that overlap left out', () => {
    const logit = (p: number) => Math.log(p / (1 - p));
    const cell = (own: number, x: number, classes: number[]) => [
      logit(own),
      logit(x),
      0,
      logit(0.25),
      0,
      ...classes,
    ];
    const empty = cell(0.01, 0.5, [0, 0]);
    const values = [cell(0.9, 0.9, [0, 50]), cell(0.8, 0.1, [0, 50]), empty, cell(0.7, 0.5, [50, 0])].flat();
    const [found = []] = decode(tf.tensor4d(values, [1, 2, 2, 7]), { size: 40 });
    assert.deepEqual(
      found.map(({ label }) => label),
      [1, 0],
    );
    assertClose(
      found.map(({ score }) => score),
      [0.9, 0.7],
      1e-5,
    );
    assertClose(found[0]?.box ?? [], [13, 0, 23, 20], 1e-4); // centre (18, 10), 10 wide, 20 high
  });
});

describe('UNet', () => {
  it('refuses sizes that do not halve, and one stage alone', () => {
    const net = new UNet({ numClasses: 2, channels: [2, 2, 2] });
    assert.throws(() => net.forward(tf.zeros([1, 8, 6, 1])), /^TypeError: Cannot segment: .* divisible by 4/);
    assert.throws(() => new UNet({ numClasses: 2, channels: [4] }), /at least 2 stages, got 1/);
  });
});

describe('style', () => {
  it('has PyTorch’s Gram matrix and total variation', () => {
    const expected = recordedVision.style as { gram: number[]; variation: number };
    const x = formulaInput([1, 4, 5, 3]);
    assertClose(gramMatrix(x).dataSync(), expected.gram, 1e-6);
    assertClose(totalVariation(x).dataSync(), [expected.variation], 1e-6);
    assert.throws(
      () => gramMatrix(tf.zeros([2, 4, 4, 3])),
      /expected one picture \[1, h, w, c\], got \[2, 4, 4, 3\]/,
    );
  });

  it('does not see where things are', () => {
    const x = formulaInput([1, 4, 4, 2]);
    assertClose(gramMatrix(tf.reverse(x, [1, 2])).dataSync(), gramMatrix(x).dataSync(), 1e-6);
  });
});

describe('ActorCritic', () => {
  it('draws actions as its policy says', () => {
    const model = new ActorCritic({ features: 1, actions: 3 });
    model.actor.weight.assign(tf.zeros([3, 64]));
    model.actor.bias?.assign(tf.log(tf.tensor1d([0.2, 0.3, 0.5])));
    const drawn = model.sample(tf.zeros([4000, 1])).dataSync();
    const shares = [0, 1, 2].map((k) => drawn.filter((action) => action === k).length / 4000);
    assertClose(shares, [0.2, 0.3, 0.5], 0.035); // four standard deviations
    assert.deepEqual([...model.greedyAction(tf.zeros([2, 1])).dataSync()], [2, 2]);
  });

  it('learns which of two actions pays', () => {
    const model = new ActorCritic({ features: 1, actions: 2, hidden: 4 });
    const optimizer = new Adam(model.parameters(), { lr: 0.05 });
    const observations = tf.ones([8, 1]);
    const actions = tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32');
    const played = {
      observations,
      actions,
      returns: tf.cast(actions, 'float32'),
      weights: tf.ones([8]),
    };
    for (let i = 0; i < 30; i++) {
      tf.tidy(() => void optimizer.minimize(() => policyLoss(model, played, advantages(model, played))));
    }
    const [, share = 0] = tf.softmax(model.forward(tf.ones([1, 1]))[0]).dataSync();
    assert.ok(share > 0.9, String(share));
  });
});

describe('TextureNet', () => {
  it('has features at full, half and a quarter of the size', () => {
    const shapes = new TextureNet({ numClasses: 2, width: 4 })
      .features(tf.zeros([1, 16, 16, 3]))
      .map((f) => f.shape);
    assert.deepEqual(shapes, [
      [1, 16, 16, 4],
      [1, 16, 16, 4],
      [1, 8, 8, 8],
      [1, 8, 8, 8],
      [1, 4, 4, 16],
    ]);
  });
});
