/** The rarer forms of PyTorch's files: what `torch.load(path, weights_only=True)` reads, and what lies beside weights. */
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';

import * as tf from '../../../src/engine/tf';
import { PthFile } from '../../../src/helpers/io/pth';
import { PyObject } from '../../../src/helpers/io/pyobject';
import { PthSparse, PthTensor } from '../../../src/helpers/io/rebuild';
import { SafetensorsFile } from '../../../src/helpers/io/safetensors';
import expected from '../../fixtures/io/expected.json';
import recorded from '../../fixtures/io/forms.json';
import { temporaryFolder } from '../../support/folder';

const fixture = (name: string) => resolve(__dirname, '../../fixtures/io', name);
type Plain = { shape: number[]; values: (number | string)[] };
const numbers = ({ values }: Plain) =>
  values.map((v) => (typeof v === 'number' ? v : v === 'nan' ? NaN : v === 'inf' ? Infinity : -Infinity));

function same(tensor: tf.Tensor, plain: Plain, name: string): void {
  assert.deepEqual(tensor.shape, plain.shape, name);
  const rounded = tensor.dtype === 'int32' ? numbers(plain) : numbers(plain).map(Math.fround);
  assert.deepEqual([...tensor.dataSync()], rounded, name);
  tensor.dispose();
}

async function compare(path: string, all: Record<string, Plain>): Promise<void> {
  using file = await PthFile.open(path);
  const tensors = file.stateDict();
  assert.deepEqual([...tensors.keys()].sort(), Object.keys(all).sort());
  for (const [name, plain] of Object.entries(all)) same(file.tensor(tensors.get(name)!), plain, name);
}

describe('PthFile: forms', () => {
  const path = temporaryFolder();
  let before = 0;
  beforeEach(() => (before = tf.memory().numTensors));
  afterEach(() => assert.equal(tf.memory().numTensors, before));

  for (const name of ['forms.pth', 'forms_legacy.pth']) {
    it(`float8, wide unsigned, complex, sparse, quantized, many axes, attributes: ${name}`, () =>
      compare(fixture(name), recorded.forms));
  }

  for (const name of ['deflated.pth', 'big_endian.pth']) {
    it(name, () => compare(fixture(name), expected.views));
  }

  for (const name of ['views.pth', 'views_legacy.pth']) {
    it(`bytes behind the end of ${name}`, async () => {
      copyFileSync(fixture(name), path('longer'));
      appendFileSync(path('longer'), Buffer.alloc(1000, 1));
      await compare(path('longer'), expected.views);
    });
  }

  it('the parts of a sparse tensor and the scale of a quantized one', async () => {
    using file = await PthFile.open(fixture('forms.pth'));
    const tensors = file.stateDict();
    const coo = tensors.get('coo');
    assert.ok(coo instanceof PthSparse);
    assert.deepEqual([coo.layout, coo.shape, coo.values.shape, coo.indices.length], ['coo', [2, 4], [3], 1]);
    const quantized = tensors.get('quantized');
    assert.ok(quantized instanceof PthTensor);
    assert.deepEqual(quantized.traits.quantizer, { scale: 0.25, zeroPoint: 3 });
    assert.deepEqual([...file.raw(quantized).bytes], [3, 3, 9, 0]); // the integers themselves
  });

  it("an optimizer's state as plain data", async () => {
    using file = await PthFile.open(fixture('adam.pth'));
    const root = file.value as Map<string, unknown>;
    const [group] = root.get('param_groups') as Map<string, unknown>[];
    assert.deepEqual(
      [group!.get('lr'), group!.get('betas'), group!.get('params')],
      [0.25, [0.5, 0.75], [0, 1]],
    );
    const own = file.stateDict('state.0');
    assert.deepEqual([...own.keys()], ['step', 'exp_avg', 'exp_avg_sq']);
    for (const [name, plain] of Object.entries(recorded.adam)) same(file.tensor(own.get(name)!), plain, name);
  });

  for (const [name, all] of [
    ['scripted.pth', recorded.scripted],
    ['module.pth', expected.network.state],
  ] as const) {
    it(`the state of a whole module, nothing of which is run: ${name}`, async () => {
      using file = await PthFile.open(fixture(name));
      const tensors = file.stateDict();
      for (const [key, plain] of Object.entries(all)) same(file.tensor(tensors.get(key)!), plain, key);
      assert.equal(tensors.size, Object.keys(all).length);
    });
  }
});

describe('PthFile: what lies beside weights', () => {
  for (const name of ['beside.pth', 'beside4.pth']) {
    it(`is plain data or stands for itself: ${name}`, async () => {
      using file = await PthFile.open(fixture(name));
      const root = file.value as Map<string, unknown>;
      assert.deepEqual([...file.stateDict().keys()], ['weight']);
      const plain = ['epoch', 'seen', 'frozen', 'bytes', 'best', 'count', 'counts'].map((key) =>
        root.get(key),
      );
      const counts = new Map([['x', [1]]]);
      assert.deepEqual(plain, [3, new Set([1, 2]), new Set(['a']), Uint8Array.of(0, 255), 0.125, 7, counts]);
      const [options, complex] = ['options', 'complex'].map((key) => root.get(key) as PyObject);
      assert.deepEqual([options!.name, [...options!.attributes]], ['argparse.Namespace', [['lr', 0.5], ['name', 'run']]]); // prettier-ignore
      assert.deepEqual([complex!.name, complex!.args], ['builtins.complex', [1, 2]]);
    });
  }

  it('is walked through by paths, keys with dots too; a wrong one is told the right ones', async () => {
    using file = await PthFile.open(fixture('beside.pth'));
    assert.deepEqual([...file.stateDict('ema.state_dict').keys()], ['module.weight', 'module.bias', 'a.b']);
    assert.throws(() => file.stateDict('ema.model'), {
      name: 'RangeError',
      message:
        /expected a key that is there \("state_dict"\), got "ema.model"; tensors lie under "ema.state_dict"$/,
    });
    assert.throws(() => file.stateDict('options'), {
      name: 'TypeError',
      message: /expected tensors by name, got an object; .*; tensors lie under "ema.state_dict"$/,
    });
  });
});

describe('SafetensorsFile: forms', () => {
  it('every type of the safetensors package', () => {
    using file = new SafetensorsFile(fixture('forms.safetensors'));
    assert.equal(file.entries.size, 10);
    for (const name of file.entries.keys()) {
      same(file.tensor(name), (recorded.forms as Record<string, Plain>)[name]!, name);
    }
  });

  it('one tensor that can only be bytes leaves the others readable', () => {
    const path = temporaryFolderPath('odd');
    const header = JSON.stringify({
      odd: { dtype: 'F4', shape: [4], data_offsets: [0, 2] },
      six: { dtype: 'F6_E2M3', shape: [4], data_offsets: [2, 5] },
      one: { dtype: 'U8', shape: [1], data_offsets: [5, 6] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(path, Buffer.concat([length, Buffer.from(header), Buffer.from([1, 2, 3, 4, 5, 6])]));
    using file = new SafetensorsFile(path);
    assert.deepEqual([...file.tensor('one').dataSync(), ...file.raw('odd').bytes], [6, 1, 2]);
    assert.throws(() => file.tensor('six'), {
      name: 'TypeError',
      message: 'Cannot make tensor: expected numbers of 8 bits at least, got F6_E2M3; `raw` has its bytes',
    });
  });
});

const temporaryFolderPath = temporaryFolder();

describe('PthFile: hostile packed archives', () => {
  const path = temporaryFolder();

  /** A zip of one deflated entry that claims a size. */
  function packed(name: string, bytes: Buffer, claimed: number): Buffer {
    const data = deflateRawSync(bytes);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(claimed, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), data]);
    const entry = Buffer.concat([
      Buffer.from('PK\x01\x02\x14\0'),
      fields,
      Buffer.alloc(14),
      Buffer.from(name),
    ]);
    const end = Buffer.alloc(22);
    end.write('PK\x05\x06');
    end.writeUInt16LE(1, 8);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(entry.length, 12);
    end.writeUInt32LE(local.length, 16);
    return Buffer.concat([local, entry, end]);
  }

  it('a bomb, an entry that claims too little, one that claims too much', async () => {
    const zeros = Buffer.alloc(1 << 20);
    for (const [claimed, message] of [
      [2 ** 30, /packed entries of at most \d+ bytes, got 1073741824/],
      [1000, /to unpack to 1000 bytes/],
      [1 << 21, /to unpack to 2097152 bytes, got fewer/],
    ] as const) {
      writeFileSync(path('bomb'), packed('a/data.pkl', zeros, claimed));
      await assert.rejects(PthFile.open(path('bomb')), { name: 'SyntaxError', message });
    }
  });

  it('a module whose parts are each twice the next: no name for each way through it', async () => {
    // Thirty levels of {'_parameters': {}, '_modules': {'a': m, 'b': m}}: 2³⁰ paths in one kilobyte
    const module = (inner: string) =>
      `cx\nM\n)\x81}(U\x0b_parameters}U\x08_modules}(U\x01a${inner}U\x01bh\x01uub`;
    let body = module('Nq\x01').replace('h\x01', 'N');
    for (let i = 0; i < 30; i++) body = module(`${body}q\x01`);
    writeFileSync(path('dag'), legacyFile(Buffer.from(`\x80\x02${body}.`, 'latin1')));
    using file = await PthFile.open(path('dag'));
    assert.throws(() => file.stateDict(), { name: 'TypeError' });
  });
});

/** A stream of pickles as torch.save wrote them before version 1.6, around an own one. */
function legacyFile(pickle: Buffer): Buffer {
  const head = Buffer.from('80028a0a6cfc9c46f9206aa850192e80024de9032e80027d2e', 'hex');
  return Buffer.concat([head, pickle, Buffer.from('\x80\x02].', 'latin1')]);
}
