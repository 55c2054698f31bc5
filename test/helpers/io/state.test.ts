import assert from 'node:assert/strict';
import { resolve } from 'node:path';

import * as tf from '../../../src/engine/tf';
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
