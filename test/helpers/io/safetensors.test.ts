import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import * as tf from '../../../src/engine/tf';
import { FloatDtype } from '../../../src/helpers/io/dtypes';
import { readSafetensors, SafetensorsFile, saveSafetensors } from '../../../src/helpers/io/safetensors';
import recorded from '../../fixtures/io/expected.json';
import { temporaryFolder } from '../../support/folder';

const TYPES = resolve(__dirname, '../../fixtures/io/types.safetensors');

/** A file out of a header and as many bytes of data. */
function hostile(header: unknown, data = 0, claimed?: number): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(claimed ?? json.length));
  return Buffer.concat([length, json, Buffer.alloc(data)]);
}

const entry = (shape: unknown, begin: number, end: number, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensors', () => {
  const path = temporaryFolder();

  it('reads every number type that the safetensors package writes', () => {
    const { tensors, metadata } = readSafetensors(TYPES);
    assert.deepEqual({ ...metadata }, { format: 'pt', note: 'Grüße 你好' });
    for (const [name, { shape, values }] of Object.entries(recorded.types)) {
      const tensor = tensors.get(name)!;
      assert.deepEqual(tensor.shape, shape, name);
      const expected = values.map((v) => (v === 'inf' ? Infinity : Number(v)));
      const rounded = tensor.dtype === 'float32' ? expected.map(Math.fround) : expected;
      assert.deepEqual(Array.from(tensor.dataSync()), rounded, name);
    }
    const dtypes = ['f64', 'bf16', 'i64', 'u8', 'bool'].map((name) => tensors.get(name)!.dtype);
    assert.deepEqual(dtypes, ['float32', 'float32', 'int32', 'int32', 'bool']);
    tf.dispose([...tensors.values()]);
  });

  it('refuses integers beyond int32 and leaves no tensors behind', () => {
    const bytes = hostile({ a: entry([1], 0, 8, 'I64'), b: entry([1], 8, 12) }, 12);
    bytes.writeUInt32LE(1, bytes.length - 8);
    writeFileSync(path('big'), bytes);
    const before = tf.memory().numTensors;
    assert.throws(() => readSafetensors(path('big')), {
      name: 'RangeError',
      message:
        'Cannot make tensor: expected integers that fit into int32, got 4294967296; `raw` has its bytes',
    });
    assert.equal(tf.memory().numTensors, before);
  });

  const faults: [string, Buffer, RegExp][] = [
    ['an empty file', Buffer.alloc(0), /expected at least 8 bytes, got 0/],
    [
      'a header longer than the file',
      hostile('{}', 0, 100),
      /header of at most 2 bytes, got one that claims 100/,
    ],
    ['a header length of 2⁶³', hostile('{}', 0, 2 ** 63), /one that claims 9223372036854776000/],
    ['a huge header', hostile(' '.repeat(9e6)), /header of at most 8388608 bytes/],
    ['no JSON', hostile('{"a": '), /a header in JSON/],
    ['no UTF-8', Buffer.concat([hostile('', 0, 3), Buffer.from([0x7b, 0xff, 0x7d])]), /a header in JSON/],
    ['deeply nested JSON', hostile('['.repeat(1e6)), /a header in JSON|a JSON object as header/],
    ['a list as header', hostile('[]'), /a JSON object as header, got \[\]/],
    ['metadata that is no text', hostile({ __metadata__: { a: 1 } }), /metadata of names and texts/],
    ['an entry that is no object', hostile({ a: 1 }), /tensor "a" described by an object, got 1/],
    ['an unknown type', hostile({ a: entry([1], 0, 1, 'F9') }, 1), /of type F64, .* got "F9"/],
    ['a type out of the prototype', hostile({ a: entry([1], 0, 1, 'toString') }, 1), /got "toString"/],
    ['a negative size', hostile({ a: entry([-1, -1], 0, 4) }, 4), /whole sizes as shape, got \[-1, -1\]/],
    ['a size that is no number', hostile({ a: entry(['1'], 0, 4) }, 4), /got a list of 1/],
    [
      '65 axes',
      hostile({ a: entry(new Array<number>(65).fill(1), 0, 4) }, 4),
      /whole sizes as shape, got a list of 65/,
    ],
    ['an absurd shape', hostile({ a: entry([2 ** 31, 2 ** 31], 0, 4) }, 4), /in Infinity bytes/],
    ['offsets turned round', hostile({ a: entry([1], 4, 0) }, 4), /offsets 4 to 0/],
    [
      'one offset',
      hostile({ a: { dtype: 'F32', shape: [1], data_offsets: [0] } }, 4),
      /two offsets, got \[0\]/,
    ],
    ['overlapping tensors', hostile({ a: entry([2], 0, 8), b: entry([2], 4, 12) }, 12), /gap or overlap/],
    ['a gap', hostile({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12), /gap or overlap/],
    ['bytes left over', hostile({ a: entry([1], 0, 4) }, 5), /bytes in all/],
    ['a file cut short', hostile({ a: entry([2], 0, 8) }, 7), /bytes in all/],
  ];
  for (const [name, bytes, message] of faults) {
    it(`refuses ${name}`, () => {
      writeFileSync(path('hostile'), bytes);
      assert.throws(
        () => readSafetensors(path('hostile')),
        (error: Error) => {
          assert.equal(error.name, 'SyntaxError');
          assert.match(error.message, message);
          assert.ok(error.message.includes(path('hostile')) && error.message.length < 500, error.message);
          return true;
        },
      );
    });
  }
});

describe('saveSafetensors', () => {
  const path = temporaryFolder();
  const tensors = new Map<string, tf.Tensor>([
    ['flags', tf.tensor([true, false, true], [3], 'bool')],
    ['weight', tf.tensor([1, -2.5, 1e-30, Infinity], [2, 2])],
    ['count', tf.scalar(7, 'int32')],
    ['nothing', tf.zeros([0, 4])],
  ]);

  it('writes what readSafetensors reads, metadata included', () => {
    saveSafetensors(tensors, path('a'), { note: '你好' });
    const { tensors: read, metadata } = readSafetensors(path('a'));
    assert.deepEqual({ ...metadata }, { note: '你好' });
    for (const [name, tensor] of tensors) {
      const other = read.get(name)!;
      assert.deepEqual([other.dtype, other.shape], [tensor.dtype, tensor.shape]);
      assert.deepEqual(other.dataSync(), tensor.dataSync());
    }
  });

  it('writes the same bytes as the safetensors package', () => {
    const types = readSafetensors(TYPES).tensors;
    const floats = new Map([['f32', types.get('f32')!]]);
    saveSafetensors(floats, path('own'));
    const file = new SafetensorsFile(path('own'));
    const original = new SafetensorsFile(TYPES);
    assert.deepEqual(file.raw('f32').bytes, original.raw('f32').bytes);
    for (const floats of ['F64', 'F16', 'BF16'] as FloatDtype[]) {
      saveSafetensors(new Map([['x', types.get('f32')!]]), path(floats), {}, { floats });
      const own = new SafetensorsFile(path(floats));
      const expected = original.raw(floats.toLowerCase());
      if (floats !== 'F64') assert.deepEqual(own.raw('x').bytes, expected.bytes, floats);
      assert.equal(own.raw('x').dtype, floats);
      own.close();
    }
    file.close();
    original.close();
  });

  it('replaces the old file only when the new one is complete', () => {
    saveSafetensors(tensors, path('a'));
    const old = readFileSync(path('a'));
    const failing = new Map<string, tf.Tensor>([['b', tf.zeros([1000])]]);
    failing.get('b')!.dispose();
    assert.throws(() => saveSafetensors(failing, path('a')), /that was freed/);
    assert.deepEqual(readFileSync(path('a')), old);
    assert.deepEqual(readdirSync(dirname(path('a'))), ['a']);
  });

  it('refuses what it cannot store', () => {
    assert.throws(() => saveSafetensors(new Map([['t', tf.tensor(['a'])]]), path('a')), {
      name: 'TypeError',
      message: 'Cannot write "t": expected numbers, got string',
    });
    assert.throws(() => saveSafetensors(new Map([['__metadata__', tf.scalar(1)]]), path('a')), RangeError);
    assert.deepEqual(readdirSync(dirname(path('a'))), []);
  });
});

describe('SafetensorsFile', () => {
  it('reads tensors one by one and none after it is closed', () => {
    const file = new SafetensorsFile(TYPES);
    assert.deepEqual(file.entries.get('f64')?.shape, [2, 4]);
    assert.deepEqual(Array.from(file.tensor('i8').dataSync()), [0, -1, 127]);
    assert.throws(
      () => file.tensor('x'),
      /RangeError|Cannot read "x" from ".*": expected one of its 12 tensors/,
    );
    file.close();
    assert.throws(() => file.tensor('i8'), /expected an open file, got a closed one/);
  });
});
