import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

import * as tf from '../../../src/engine/tf';
import { ShardedSafetensors } from '../../../src/helpers/io/shards';
import { loadStateDict, readStateDict, saveStateDict } from '../../../src/helpers/io/state';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';

const network = () => new nn.Sequential(new nn.Linear(8, 8), new nn.Linear(8, 8), new nn.Linear(8, 2));
const values = (model: nn.Module) => model.parameters().map((parameter) => [...parameter.dataSync()]);

describe('Weights in several files', () => {
  const path = temporaryFolder();
  const files = () => readdirSync(path('')).sort();

  it('are written as they are passed on, and read by their index', async () => {
    const model = network();
    const index = saveStateDict(model, path('model.safetensors'), { maxShardSize: 300 });
    assert.equal(index, path('model.safetensors.index.json'));
    const named = [1, 2, 3].map((i) => `model-0000${i}-of-00003.safetensors`);
    assert.deepEqual(files(), [...named, 'model.safetensors.index.json']);
    const { metadata, weight_map: map } = JSON.parse(readFileSync(index, 'utf8')) as {
      metadata: unknown;
      weight_map: Record<string, string>;
    };
    assert.deepEqual([metadata, map['2.bias'], Object.keys(map).length], [{ total_size: 648 }, named[2], 6]);
    const other = network();
    await loadStateDict(other, index);
    assert.deepEqual(values(other), values(model));
    const [sum] = [tf.memory().numTensors];
    const part = await readStateDict(index, { prefix: '1.' });
    assert.deepEqual([...part.keys()], ['weight', 'bias']);
    tf.dispose([...part.values()]);
    assert.equal(tf.memory().numTensors, sum);
    [model, other].forEach((one) => one.dispose());
  });

  it('stay whole while others take their place, and then go', async () => {
    const [old, fresh] = [network(), network()];
    const index = saveStateDict(old, path('model.safetensors'), { maxShardSize: 300 });
    const failing = {
      stateDict: () => fresh.stateDict(),
      loadStateDict: () => ({ missingKeys: [], unexpectedKeys: [] }),
    };
    const last = fresh.parameters().at(-1)!;
    const gone = tf.variable(tf.zeros([2]));
    gone.dispose();
    failing.stateDict = () => new Map([...fresh.stateDict(), ['2.bias', gone]]);
    assert.throws(
      () => saveStateDict(failing, path('model.safetensors'), { maxShardSize: 300 }),
      /freed|disposed/,
    );
    const read = network();
    await loadStateDict(read, index);
    assert.deepEqual(values(read), values(old));
    assert.equal(last.isDisposed, false);
    saveStateDict(fresh, path('model.safetensors'), { maxShardSize: 300 });
    await loadStateDict(read, index);
    assert.deepEqual(values(read), values(fresh));
    assert.equal(files().filter((name) => !name.includes('.1-')).length, 1);
    [old, fresh, read].forEach((one) => one.dispose());
  });

  it('are one file where they fit into one', () => {
    const model = network();
    assert.equal(saveStateDict(model, path('a.safetensors'), { maxShardSize: 1e6 }), path('a.safetensors'));
    assert.deepEqual(files(), ['a.safetensors']);
    model.dispose();
  });

  const faults: [string, string, RegExp][] = [
    ['no JSON', '{', /expected JSON/],
    ['a list', '[]', /a weight_map of names and files, got undefined/],
    ['a path out of the folder', '{"weight_map":{"a":"../x"}}', /files in its own folder, got "..\/x"/],
    ['an absolute path', '{"weight_map":{"a":"/etc/passwd"}}', /files in its own folder/],
    ['a number for a file', '{"weight_map":{"a":1}}', /files in its own folder, got 1/],
  ];
  for (const [name, text, message] of faults) {
    it(`an index is refused: ${name}`, () => {
      writeFileSync(path('x.index.json'), text);
      assert.throws(() => new ShardedSafetensors(path('x.index.json')), { name: 'SyntaxError', message });
    });
  }

  it('a tensor that is not in its file, or in no file', () => {
    const model = network();
    const index = saveStateDict(model, path('model.safetensors'), { maxShardSize: 300 });
    const text = readFileSync(index, 'utf8').replace('"0.bias"', '"0.other"');
    writeFileSync(index, text);
    using file = new ShardedSafetensors(index);
    assert.throws(() => file.tensor('0.other'), { name: 'SyntaxError', message: /"0.other" in "model-/ });
    assert.throws(() => file.tensor('0.bias'), {
      name: 'RangeError',
      message: /expected one of its 6 tensors/,
    });
    model.dispose();
  });
});
