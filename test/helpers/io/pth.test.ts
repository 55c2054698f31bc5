import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { looksLikePth, PthFile } from '../../../src/helpers/io/pth';
import recorded from '../../fixtures/io/expected.json';
import { temporaryFolder } from '../../support/folder';

const fixture = (name: string) => resolve(__dirname, '../../fixtures/io', name);
type Plain = { shape: number[]; values: (number | string)[] };

async function compare(path: string, expected: Record<string, Plain>): Promise<void> {
  const file = await PthFile.open(path);
  const tensors = file.stateDict();
  assert.deepEqual([...tensors.keys()], Object.keys(expected));
  for (const [name, { shape, values }] of Object.entries(expected)) {
    const tensor = file.tensor(tensors.get(name)!);
    assert.deepEqual(tensor.shape, shape, name);
    const numbers = values.map((v) => (v === 'inf' ? Infinity : Number(v)));
    const rounded = tensor.dtype === 'float32' ? numbers.map(Math.fround) : numbers;
    assert.deepEqual(Array.from(tensor.dataSync()), rounded, name);
    tensor.dispose();
  }
  file.close();
}

/** A stream of pickles as torch.save wrote them before version 1.6, around an own one. */
function legacy(pickle: Buffer, keys = ']'): Buffer {
  const head = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
  const protocol = Buffer.from('80024de9032e', 'hex');
  const machine = Buffer.concat([
    Buffer.from('80027d580d000000', 'hex'),
    Buffer.from('little_endian'),
    Buffer.from('88732e', 'hex'),
  ]);
  return Buffer.concat([head, protocol, machine, pickle, Buffer.from(`\x80\x02${keys}.`, 'latin1')]);
}

describe('PthFile', () => {
  const path = temporaryFolder();

  for (const name of ['network.pth', 'network_legacy.pth', 'network_legacy4.pth']) {
    it(`reads ${name}`, () => compare(fixture(name), recorded.network.state));
  }

  for (const name of ['views.pth', 'views_legacy.pth']) {
    it(`reads tensors that share storages: ${name}`, () => compare(fixture(name), recorded.views));
  }

  it('reads every number type', () => compare(fixture('types.pth'), recorded.types));

  it('reads files written without checksums', () =>
    compare(fixture('unchecked.pth'), { a: { shape: [3], values: [0, 1, 2] } }));

  it('gives what lies beside the state dict and finds it by key', async () => {
    const file = await PthFile.open(fixture('nested.pth'));
    const root = file.value as Map<string, unknown>;
    assert.deepEqual([root.get('epoch'), root.get('lr'), root.get('note')], [3, [1e-3, 2 ** 40], 'Grüße']);
    assert.deepEqual([...file.stateDict('state_dict').keys()], Object.keys(recorded.network.state));
    assert.throws(() => file.stateDict(), {
      name: 'TypeError',
      message: /expected tensors by name, got a dict with "epoch", "state_dict", "lr", "note"; name the key/,
    });
    file.close();
  });

  for (const [name, what] of [
    ['evil.pth', 'posix.system'],
    ['evil_legacy.pth', 'posix.system'],
  ] as const) {
    it(`runs nothing of ${name}`, async () => {
      const message = new RegExp(
        `expected only names that a state dict needs \\(nothing was run\\), got "${what}"`,
      );
      await assert.rejects(PthFile.open(fixture(name)), { name: 'SyntaxError', message });
      assert.ok(!existsSync('executed'));
    });
  }

  it('notices changed bytes by the checksum', async () => {
    const bytes = readFileSync(fixture('views.pth'));
    const place = bytes.indexOf(Buffer.from(new Float32Array([7, 8]).buffer));
    bytes[place] = 1;
    writeFileSync(path('changed'), bytes);
    const file = await PthFile.open(path('changed'));
    assert.throws(() => file.tensor(file.stateDict().get('base')!), /expected ".*data\/0" with its checksum/);
    file.close();
  });

  it('refuses a file that was cut off anywhere', async () => {
    for (const name of ['views.pth', 'views_legacy.pth']) {
      const bytes = readFileSync(fixture(name));
      for (let length = 0; length < bytes.length; length += 97) {
        writeFileSync(path('cut'), bytes.subarray(0, length));
        await assert.rejects(PthFile.open(path('cut')), { name: 'SyntaxError' }, `${name} at ${length}`);
      }
    }
  });

  const pickles: [string, Buffer | string, RegExp][] = [
    ['a value out of an empty stack', '\x80\x02.', /a value on the stack, got an empty stack/],
    ['an unknown instruction', '\x80\x02i', /instructions of a state dict, got 0x69/],
    ['a call of what is no function', '\x80\x02K\x01)R.', /a call of an allowed name/],
    ['a call of a storage class', '\x80\x02ctorch\nFloatStorage\n)R.', /a call of an allowed name/],
    [
      'what builtins could do',
      '\x80\x02c__builtin__\neval\n.',
      /only names that a state dict needs .* got "builtins.eval"/,
    ],
    ['a set of something else', '\x80\x02cbuiltins\nset\nK\x01\x85R.', /items for a set/],
    ['items for no set', '\x80\x04](K\x01\x90.', /items for a set, got items for something else/],
    ['a name on the stack', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /got "os.system"/],
    ['a text longer than the file', '\x80\x02X\xff\xff\xff\x7fabc.', /one that is cut short/],
    ['a text of 2⁶³ bytes', '\x80\x04\x8d\0\0\0\0\0\0\0\x80.', /one that is cut short/],
    ['a huge integer', `\x80\x02\x8b\0\x04\0\0${'x'.repeat(1024)}.`, /integers of at most 256 bytes/],
    ['an unknown memory', '\x80\x02h\x07.', /number 7, never stored/],
    ['a million dicts', `\x80\x02${'}'.repeat(1e6)}.`, /more objects than one could need/],
    ['two million values', `\x80\x02${'N'.repeat(2e6)}.`, /1000000 values at once/],
    ['a dict with half a pair', '\x80\x02}(K\x01u.', /pairs for a dict, got 1 values/],
    ['items for no dict', '\x80\x02](K\x01K\x02u.', /items for a dict, got items for something else/],
    ['items for no list', '\x80\x02}K\x01a.', /items for a list, got items for something else/],
    [
      'an OrderedDict of no pairs',
      '\x80\x02ccollections\nOrderedDict\nK\x01\x85R.',
      /pairs for an OrderedDict/,
    ],
    ['attributes of no dict', '\x80\x02]}b.', /attributes of a dict/],
    ['an id of no storage', '\x80\x02K\x01Q.', /expected a storage, got 1/],
  ];
  for (const [name, pickle, message] of pickles) {
    it(`refuses ${name}`, async () => {
      writeFileSync(path('hostile'), legacy(Buffer.from(pickle as string, 'latin1')));
      await assert.rejects(PthFile.open(path('hostile')), (error: Error) => {
        assert.equal(error.name, 'SyntaxError');
        assert.match(error.message, message);
        assert.ok(error.message.includes(path('hostile')) && error.message.length < 500, error.message);
        return true;
      });
    });
  }

  /** A tensor over a storage of 4 floats; size and stride as pickled tuples. */
  const tensor = (size: string, stride: string, offset = 'K\x00', length = 'K\x04') =>
    `\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpu${length}NtQ` +
    `${offset}${size}${stride}\x89NtR.`;
  const withStorage = (pickle: string) =>
    Buffer.concat([
      legacy(Buffer.from(pickle, 'latin1'), ']U\x010a'),
      Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.alloc(16),
    ]);
  const big = '\x8a\x08\0\0\0\0\0\0\x10\0'; // 2⁵²

  const shapes: [string, string, RegExp][] = [
    [
      'a tensor beyond its storage',
      tensor('K\x05\x85', 'K\x01\x85'),
      /a tensor within its storage of 4, got \[5\]/,
    ],
    ['an offset beyond its storage', tensor('K\x04\x85', 'K\x01\x85', 'K\x01'), /up to place 4/],
    ['an absurd shape', tensor(`${big}${big}\x86`, `${big}${big}\x86`), /a tensor within its storage/],
    ['an absurd shape of no strides', tensor(`${big}${big}\x86`, 'K\0K\0\x86'), /of at most 4 elements/],
    ['a shape that lies', tensor('K\x04K\x04\x86', 'K\x01\x85'), /a stride for each axis/],
    ['a negative size', tensor('J\xff\xff\xff\xff\x85', 'K\x01\x85'), /whole sizes as shape, got \[-1\]/],
    [
      'an absurd storage',
      tensor('K\x04\x85', 'K\x01\x85', 'K\0', big),
      /4503599627370496 elements in storage/,
    ],
    [
      '65 axes',
      tensor(`(${'K\x01'.repeat(65)}t`, `(${'K\x01'.repeat(65)}t`),
      /whole sizes as shape, got a list of 65/,
    ],
  ];
  for (const [name, pickle, message] of shapes) {
    it(`refuses ${name}`, async () => {
      writeFileSync(path('hostile'), withStorage(pickle));
      await assert.rejects(PthFile.open(path('hostile')), { name: 'SyntaxError', message });
    });
  }

  it('refuses a state dict that repeats one storage too often', async () => {
    // Each of other size, since the same numbers under several names are read once.
    const body = (i: number) =>
      tensor(`\x8a\x03${String.fromCharCode(i % 256, i >> 8)}\x0f\x85`, 'K\0\x85').slice(2, -1);
    const names = Array.from({ length: 300 }, (_, i) => `U\x03${String(i).padStart(3, '0')}${body(i)}`).join(
      '',
    );
    const pickle = `\x80\x02}(${names}u.`;
    writeFileSync(path('repeated'), withStorage(pickle));
    const file = await PthFile.open(path('repeated'));
    assert.throws(() => file.stateDict(), /RangeError|many tensors share the same storage/);
    file.close();
  });

  it('refuses a zip whose directory is said to lie beyond every file', async () => {
    const locator = Buffer.alloc(20); // of the 64-bit directory: signature, disk, place, disks
    locator.writeUInt32LE(0x07064b50, 0);
    locator.writeBigUInt64LE(1n << 62n, 8);
    const end = Buffer.alloc(22, 0xff);
    end.writeUInt32LE(0x06054b50, 0);
    end.fill(0, 4, 8);
    end.writeUInt16LE(0, 20);
    writeFileSync(path('zip64'), Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(40), locator, end]));
    await assert.rejects(PthFile.open(path('zip64')), { name: 'SyntaxError', message: /a zip archive, got/ });
  });

  it('gives no tensors after it is closed', async () => {
    const file = await PthFile.open(fixture('network.pth'));
    const [first] = file.stateDict().values();
    file.close();
    assert.throws(() => file.tensor(first!), /expected an open file, got a closed one/);
  });
});

describe('looksLikePth', () => {
  it('tells .pth files from safetensors files by their first bytes', () => {
    const names = ['network.pth', 'network_legacy.pth', 'network_legacy4.pth', 'network.safetensors'];
    assert.deepEqual(
      names.map((name) => looksLikePth(fixture(name))),
      [true, true, true, false],
    );
  });
});
