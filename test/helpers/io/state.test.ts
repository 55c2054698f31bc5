import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import * as tf from '../../../src/engine/tf';
import { saveSafetensors } from '../../../src/helpers/io/safetensors';
import { loadStateDict, readStateDict, saveStateDict } from '../../../src/helpers/io/state';
import * as nn from '../../../src/nn';
import recorded from '../../fixtures/io/expected.json';
import { assertClose } from '../../support/close';
import { temporaryFolder } from '../../support/folder';

const fixture = (name: string) => resolve(__dirname, '../../fixtures/io', name);

class Network extends nn.Module {
  readonly conv = new nn.Conv2d(2, 3, 3, { padding: 1 });
  readonly norm = new nn.BatchNorm2d(3);
  readonly fc = new nn.Linear(48, 5);

  forward(x: tf.Tensor4D): tf.Tensor {
    return this.fc.forward(nn.flatten(this.norm.forward(this.conv.forward(x))));
  }
}

const { x, logits } = recorded.network as { x: Plain; logits: Plain };
type Plain = { shape: number[]; values: number[] };
const run = (network: Network) =>
  tf.tidy(() => network.forward(tf.tensor4d(x.values, x.shape as [2, 4, 4, 2])).dataSync());

describe('loadStateDict', () => {
  for (const name of ['network.safetensors', 'network.pth', 'network_legacy.pth', 'network_legacy4.pth']) {
    it(`gives PyTorch's logits from ${name}`, async () => {
      const network = new Network().eval();
      const before = tf.memory().numTensors;
      const report = await loadStateDict(network, fixture(name));
      assert.deepEqual(report, { missingKeys: [], unexpectedKeys: [] });
      assert.equal(tf.memory().numTensors, before);
      assertClose(run(network), logits.values, 1e-5);
      network.dispose();
    });
  }

  it('finds the state dict under a key', async () => {
    const network = new Network().eval();
    await loadStateDict(network, fixture('nested.pth'), { key: 'state_dict' });
    assertClose(run(network), logits.values, 1e-5);
    network.dispose();
  });

  it('lists what does not fit and leaves the model as it was', async () => {
    const network = new nn.Sequential(new nn.Linear(2, 2));
    const weights = network.parameters()[0]!.dataSync();
    const before = tf.memory().numTensors;
    await assert.rejects(
      loadStateDict(network, fixture('network.pth')),
      /TypeError|missing \(2\): 0.weight, 0.bias/,
    );
    assert.equal(tf.memory().numTensors, before);
    assert.deepEqual(network.parameters()[0]!.dataSync(), weights);
    const report = await loadStateDict(network, fixture('network.pth'), { strict: false });
    assert.equal(report.unexpectedKeys.length, 9);
    network.dispose();
  });
});

describe('readStateDict', () => {
  const beside = fixture('beside.pth');

  it('goes down a path of keys, takes a prefix away and renames', async () => {
    const names = async (options: object) => {
      const state = await readStateDict(beside, options);
      tf.dispose([...state.values()]);
      return [...state.keys()];
    };
    assert.deepEqual(await names({}), ['weight']); // beside an epoch and other things
    const key = 'ema.state_dict';
    assert.deepEqual(await names({ key }), ['module.weight', 'module.bias', 'a.b']);
    assert.deepEqual(await names({ key, prefix: 'module.' }), ['weight', 'bias']);
    const rename = (name: string) => (name === 'bias' ? undefined : `fc.${name}`);
    assert.deepEqual(await names({ key, prefix: 'module.', rename }), ['fc.weight']);
    await assert.rejects(names({ key, prefix: 'modul.' }), {
      name: 'RangeError',
      message: /expected names that begin with "modul.", got module., a.$/,
    });
    await assert.rejects(names({ key, rename: () => 'x' }), {
      name: 'RangeError',
      message: /a name for each tensor, got "x" for "module.weight" and "module.bias"$/,
    });
  });

  it('reads tied weights once', async () => {
    const before = tf.memory().numDataBuffers;
    const state = await readStateDict(fixture('forms.pth'));
    assert.equal(state.get('tied')!.dataId, state.get('axes')!.dataId);
    tf.dispose([...state.values()]);
    assert.equal(tf.memory().numDataBuffers, before);
  });

  it('leaves out what has no type here when it is told to', async () => {
    const path = temporaryPath('wide.safetensors');
    const header = JSON.stringify({
      wide: { dtype: 'U64', shape: [1], data_offsets: [0, 8] },
      one: { dtype: 'U8', shape: [1], data_offsets: [8, 9] },
    });
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([head, Buffer.from(header), Buffer.alloc(9, 255)]));
    await assert.rejects(readStateDict(path), {
      name: 'RangeError',
      message: /Cannot read "wide" of .* got 18446744073709551615; .*, \{ strict: false \} leaves it out$/,
    });
    const state = await readStateDict(path, { strict: false });
    assert.deepEqual([[...state.keys()], state.get('one')!.dataSync()[0]], [['one'], 255]);
    tf.dispose([...state.values()]);
  });
});

describe('Tied weights', () => {
  class Tied extends nn.Module {
    readonly embed = new nn.Linear(3, 2);
    readonly head = new nn.Linear(3, 2);

    constructor() {
      super();
      Object.assign(this.head, { weight: this.embed.weight });
    }

    forward = (x: tf.Tensor): tf.Tensor => this.head.forward(this.embed.forward(x));
  }

  it('load from a file that has them under one name only', async () => {
    const [model, other] = [new Tied(), new Tied()];
    const path = temporaryPath('tied.safetensors');
    const all = new Map<string, tf.Tensor>(model.stateDict());
    all.delete('head.weight'); // as safetensors' save_model leaves it out
    saveSafetensors(all, path);
    const report = await loadStateDict(other, path);
    assert.deepEqual(report.missingKeys, []);
    assert.deepEqual(other.head.weight.dataSync(), model.embed.weight.dataSync());
  });
});

const temporaryPath = temporaryFolder();

describe('saveStateDict', () => {
  const path = temporaryFolder();

  it("writes PyTorch's axes and integers, which load again as they were", async () => {
    const network = new Network().eval();
    await loadStateDict(network, fixture('network.safetensors'));
    saveStateDict(network, path('a.safetensors'));
    const [own, original] = [
      await readStateDict(path('a.safetensors')),
      await readStateDict(fixture('network.safetensors')),
    ];
    assert.deepEqual([...own.keys()].sort(), [...original.keys()].sort());
    for (const [name, tensor] of original) {
      assert.deepEqual(own.get(name)!.shape, tensor.shape, name);
      assert.deepEqual(own.get(name)!.dataSync(), tensor.dataSync(), name);
    }
    const other = new Network().eval();
    await loadStateDict(other, path('a.safetensors'));
    assert.deepEqual(run(other), run(network));
    tf.dispose([...own.values(), ...original.values()]);
    [network, other].forEach((module) => module.dispose());
  });

  it('rounds to half precision when asked', async () => {
    const network = new Network();
    saveStateDict(network, path('half.safetensors'), { floats: 'F16' });
    const state = await readStateDict(path('half.safetensors'));
    assertClose(state.get('fc.weight')!.dataSync(), network.fc.weight.dataSync(), 1e-4);
    tf.dispose([...state.values()]);
    network.dispose();
  });
});
