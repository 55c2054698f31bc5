import assert from 'node:assert/strict';

import { manualSeed } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import { seededRandom } from '../../../src/helpers/data/permutation';
import {
  type CausalForward,
  generate,
  type GenerateOptions,
  sample,
} from '../../../src/helpers/inspect/generate';
import { TransformerLM } from '../../../src/models/transformer';

/** How often each token is drawn. */
function shares(logits: number[], options: Parameters<typeof sample>[1], count = 4000): number[] {
  const random = seededRandom(5);
  const hits = logits.map(() => 0);
  for (let i = 0; i < count; i++) hits[sample(logits, options, random)]! += 1;
  return hits.map((n) => n / count);
}

const near = (actual: number[], expected: number[]) =>
  expected.forEach((value, i) =>
    assert.ok(Math.abs(actual[i]! - value) < 0.03, `${actual.join()} for ${expected.join()}`),
  );

describe('sample()', () => {
  const logits = [0.5, 0.3, 0.2].map(Math.log);

  it('draws by the probabilities', () => near(shares(logits, {}), [0.5, 0.3, 0.2]));

  it('is bolder below temperature 1 and more even above', () => {
    near(shares(logits, { temperature: 0.5 }), [25 / 38, 9 / 38, 4 / 38]);
    near(shares(logits, { temperature: 100 }), [1 / 3, 1 / 3, 1 / 3]);
  });

  it('takes the likeliest at temperature 0, and with topK 1', () => {
    assert.deepEqual(shares(logits, { temperature: 0 }), [1, 0, 0]);
    assert.deepEqual(shares(logits, { topK: 1 }), [1, 0, 0]);
  });

  it('draws from the k likeliest alone', () => near(shares(logits, { topK: 2 }), [5 / 8, 3 / 8, 0]));

  it('reaches the last token and never one of probability 0', () => {
    assert.equal(
      sample([0, 0, -Infinity], {}, () => 0),
      0,
    );
    assert.equal(
      sample([0, 0, -Infinity], {}, () => 1 - 1e-12),
      1,
    );
    near(shares([1000, 1000, -Infinity], {}), [0.5, 0.5, 0]);
  });

  it('takes the first of equals', () => {
    assert.equal(sample([1, 2, 2, 2], { temperature: 0 }), 1);
    assert.deepEqual(shares([0, 0, 0, 0], { topK: 2 }).slice(2), [0, 0]);
  });

  it('ends each share where the next begins', () => {
    const at = (draw: number) => sample([0, 0], {}, () => draw);
    assert.deepEqual([at(0), at(0.499), at(0.5), at(0.999), at(1)], [0, 0, 1, 1, 0]); // 1 is no draw: the likeliest
  });
});

/** A model that is sure of the number after the one it sees, and notes what it was given. */
function counter(k: number, seen: number[][] = []): CausalForward {
  return (ids) => {
    seen.push(Array.from(ids.dataSync()));
    return tf.mul(tf.oneHot(tf.cast(tf.mod(tf.add(ids, 1), k), 'int32'), k), 50);
  };
}

describe('generate()', () => {
  it('continues from the last token, `count` times at most', () => {
    assert.deepEqual(generate(counter(9), [2, 3], { count: 4, window: 8 }), [2, 3, 4, 5, 6, 7]);
  });

  it('ends before the stop sign', () => {
    assert.deepEqual(generate(counter(9), [2], { count: 9, window: 8, eosId: 5 }), [2, 3, 4]);
  });

  it('shows the model the last `window` tokens, filled up behind', () => {
    const seen: number[][] = [];
    generate(counter(9, seen), [1], { count: 4, window: 3 });
    assert.deepEqual(seen, [
      [1, 0, 0],
      [1, 2, 0],
      [1, 2, 3],
      [2, 3, 4],
    ]);
  });

  it('never writes what is forbidden', () => {
    const forbid = (ids: readonly number[]) => (ids.length === 2 ? [3] : []);
    const [, , third] = generate(counter(9), [1], { count: 2, window: 4, temperature: 0, forbid });
    assert.equal(third, 0); // all others are equally likely
  });

  it('gives the same with the filling as without, from a causal model', () => {
    manualSeed(4);
    const model = new TransformerLM({
      vocabSize: 12,
      dModel: 8,
      numHeads: 2,
      numLayers: 2,
      maxLen: 6,
    }).eval();
    const written = generate((ids) => model.forward(ids), [3], { count: 5, window: 6, temperature: 0 });
    const logits = model.forward(tf.tensor2d([written.slice(0, 4)], [1, 4], 'int32'));
    assert.equal(tf.argMax(logits, 2).dataSync()[3], written[4]);
  });

  it('keeps no tensors', () => {
    const before = tf.memory().numTensors;
    generate(counter(9), [1], { count: 3, window: 4 });
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('generate() with a model that keeps what it has seen', () => {
  const build = (seed: number, maxLen = 12) => {
    manualSeed(seed);
    const sizes = { vocabSize: 17, dModel: 16, numHeads: 4, numLayers: 3, tieWeights: seed % 2 === 0 };
    const model = new TransformerLM({ ...sizes, maxLen, dropout: 0.3 }).eval();
    // weights of some size, so that what was written before decides what comes next
    for (const parameter of model.parameters()) {
      if (parameter.rank > 1) tf.tidy(() => parameter.assign(tf.mul(parameter, 6)));
    }
    return model;
  };
  const both = (model: TransformerLM, start: readonly number[], options: GenerateOptions, seed: number) =>
    [(ids: tf.Tensor2D) => model.forward(ids), model].map((one) => {
      manualSeed(seed);
      return generate(one, start, options);
    });

  // prompts of one token to more than the window, texts that stay within it and that leave it
  for (const [prompt, count, window] of [
    [1, 5, 12],
    [1, 30, 12],
    [4, 8, 12],
    [12, 9, 12],
    [20, 6, 12],
    [3, 12, 5],
    [2, 4, 1],
    [5, 0, 8],
  ] as const) {
    it(`writes what the model without writes: ${prompt} tokens and ${count}, window ${window}`, () => {
      for (const seed of [1, 2]) {
        const model = build(seed);
        const start = Array.from({ length: prompt }, (_, i) => (i * 5 + seed) % 17);
        for (const temperature of [0, 0.7, 1.5]) {
          const options = { count, window, temperature, topK: 9, forbid: () => [3] };
          const [plain, cached] = both(model, start, options, 10 * seed);
          assert.deepEqual(cached, plain);
          assert.equal(cached?.length, prompt + count);
        }
      }
    });
  }

  it('ends before the stop sign as the model without does', () => {
    const model = build(5);
    const { length } = both(model, [1], { count: 10, window: 12 }, 3)[0]!;
    for (const eosId of [...Array(17).keys()]) {
      const [plain, cached] = both(model, [1], { count: length, window: 12, eosId }, 3);
      assert.deepEqual(cached, plain);
    }
  });

  it('knows weights that have changed, and another window', () => {
    const model = build(6);
    const options = { count: 8, window: 12, temperature: 0 };
    const [, first] = both(model, [2], options, 1);
    tf.tidy(() => model.head.weight.assign(tf.reverse(model.head.weight, 0)));
    const [plain, cached] = both(model, [2], options, 1);
    assert.deepEqual(cached, plain);
    assert.notDeepEqual(cached, first);
    assert.deepEqual(...(both(model, [2], { ...options, window: 4 }, 1) as [number[], number[]]));
  });

  it('reads a short first text token by token, and records no whole window for it', () => {
    manualSeed(1);
    const sizes = { vocabSize: 17, dModel: 8, numHeads: 2, numLayers: 1, maxLen: 48 };
    const model = new TransformerLM(sizes).eval();
    const seen = new Set<number | undefined>();
    const forward = model.forward.bind(model);
    model.forward = (text, cache) => {
      seen.add(text.shape[1]);
      return forward(text, cache);
    };
    const options = { count: 9, window: 48, temperature: 0 };
    const short = generate(model, [5, 2, 7], options);
    assert.deepEqual([...seen], [1]);
    assert.deepEqual(
      generate((text) => forward(text), [5, 2, 7], options),
      short,
    );
    const long = generate(model, short, options);
    assert.deepEqual([...seen], [1, 48]);
    assert.deepEqual(
      generate((text) => forward(text), short, options),
      long,
    );
  });

  it('may be called while it writes', () => {
    const model = build(7);
    const options = { count: 6, window: 8, temperature: 0 };
    const alone = generate(model, [1], options);
    const forbid = () => {
      generate(model, [4, 5], options);
      return [];
    };
    assert.deepEqual(generate(model, [1], { ...options, forbid }), alone);
  });

  it('makes no tensors after the first text', () => {
    const model = build(8);
    const options = { count: 20, window: 12 };
    generate(model, [1], options);
    const before = tf.memory().numTensors;
    generate(model, [2, 3], options);
    assert.equal(tf.memory().numTensors, before);
  });

  it('refuses a window for which the model has no places', () => {
    assert.throws(() => generate(build(9), [1], { count: 1, window: 13 }), {
      name: 'RangeError',
      message: 'Cannot make a cache: expected at most 12 positions, got 13',
    });
  });
});
