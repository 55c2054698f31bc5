import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import * as tf from '../../../src/engine/tf';
import { convertPackage, embeddedDigits } from '../../../src/helpers/datasets/digits';
import { encodeIdx } from '../../../src/helpers/datasets/idx';
import { loadMnist, MNIST } from '../../../src/helpers/datasets/mnist';
import { cachePath } from '../../../src/helpers/files/cache';
import { assertClose } from '../../support/close';

/** A temporary cache and environment for the tests of one `describe`. */
function isolate(): { dir: () => string } {
  const kept = { ...process.env };
  let dir = '';
  let home = ''; // shared, since filling the cache takes half a second
  before(() => (home = mkdtempSync(join(tmpdir(), 'tsdl-home-'))));
  after(() => rmSync(home, { recursive: true }));
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-mnist-'));
    process.env.TSDL_HOME = home;
    delete process.env.TSDL_MNIST_DIR;
    delete process.env.TSDL_PROFILE;
    process.env.TSDL_OFFLINE = '1';
  });
  afterEach(() => {
    process.env = { ...kept };
    rmSync(dir, { recursive: true });
  });
  return { dir: () => dir };
}

/** Four small files as MNIST names them: 3 training and 2 test images. */
function writeFolder(dir: string, { packed = false, label = 4, side = 28 } = {}): void {
  for (const [part, count] of [
    ['train', 3],
    ['t10k', 2],
  ] as const) {
    const images = encodeIdx([count, side, side], new Uint8Array(count * side * side).fill(255));
    const labels = encodeIdx([count], new Uint8Array(count).fill(label));
    const write = (name: string, bytes: Buffer) =>
      writeFileSync(join(dir, packed ? `${name}.gz` : name), packed ? gzipSync(bytes) : bytes);
    write(`${part}-images-idx3-ubyte`, images);
    write(`${part}-labels-idx1-ubyte`, labels);
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

describe('embedded digits', () => {
  isolate();

  it('are 8,000 and 2,000 real digits, every class in proportion, the same on every machine', () => {
    const { train, t10k } = convertPackage();
    assert.deepEqual(
      [train.images.shape, t10k.images.shape],
      [
        [8000, 28, 28],
        [2000, 28, 28],
      ],
    );
    const counts = Array.from(
      { length: 10 },
      (_, digit) => t10k.labels.values.filter((l) => l === digit).length,
    );
    assert.deepEqual(counts, [200, 225, 198, 206, 196, 173, 203, 214, 189, 196]);
    assert.deepEqual(
      [train, t10k].map(({ images, labels }) => sha256(Buffer.concat([images.values, labels.values]))),
      ['4f3149be825fca2b', '2caca905c09cfd56'],
    );
  });

  it('come from the cache at the second call, and anew if the cache is damaged', () => {
    const first = embeddedDigits('t10k');
    const file = cachePath('digits-1.1.0', 't10k-images-idx3-ubyte');
    assert.ok(existsSync(file));
    truncateSync(file, 1000);
    assert.deepEqual(embeddedDigits('t10k'), first);
    assert.deepEqual(embeddedDigits('t10k'), first);
  });
});

describe('MNIST', () => {
  const { dir } = isolate();
  const lines: string[] = [];
  const announce = (line: string) => void lines.push(line);
  beforeEach(() => void lines.splice(0));

  it('says on screen that the embedded digits are not the whole', async () => {
    const { train, test } = await loadMnist({ announce });
    assert.deepEqual([train.length, test.length], [8000, 2000]);
    assert.deepEqual(lines, [
      '使用内置的 10,000 张真实手写数字（训练 8,000 张，测试 2,000 张）：只是 MNIST 的一部分，结果不能与完整的 MNIST 相比。',
    ]);
  });

  it('gathers images [b, 28, 28, 1] normalised by mean and deviation, and labels', () => {
    const test = new MNIST({ train: false, announce });
    const [x, y] = test.gather([5, 6]);
    assert.deepEqual([x.shape, x.dtype, y.shape, y.dtype], [[2, 28, 28, 1], 'float32', [2], 'int32']);
    assert.deepEqual([...y.dataSync()], [...test.labels.subarray(5, 7)]);
    const expected = [...test.pixels.subarray(5 * 784, 7 * 784)].map(
      (byte) => (byte / 255 - 0.1307) / 0.3081,
    );
    assertClose(x.dataSync(), expected, 1e-6);
    tf.dispose([x, y]);
  });

  it('hands pixels in 0 … 1 to a transform and keeps nothing but the batch', () => {
    const transform = { forward: (x: tf.Tensor4D) => tf.mul(tf.sub(1, x), 2) };
    const test = new MNIST({ train: false, transform, announce });
    const before = tf.memory().numTensors;
    const [x, y] = test.gather([0]);
    assert.equal(tf.memory().numTensors, before + 2);
    assertClose(
      x.dataSync(),
      [...test.pixels.subarray(0, 784)].map((byte) => 2 * (1 - byte / 255)),
      1e-6,
    );
    tf.dispose([x, y]);
  });

  for (const packed of [false, true]) {
    it(`reads ${packed ? 'packed' : 'plain'} files from TSDL_MNIST_DIR, and names it`, async () => {
      process.env.TSDL_MNIST_DIR = dir();
      writeFolder(dir(), { packed });
      const { train, test } = await loadMnist({ announce });
      assert.deepEqual([train.length, test.length, train.labels[0]], [3, 2, 4]);
      assert.match(lines[0]!, /TSDL_MNIST_DIR.*只是 MNIST 的一部分/);
    });
  }

  it('takes files in the cache before those in TSDL_MNIST_DIR', () => {
    process.env.TSDL_HOME = dir();
    mkdirSync(cachePath('mnist'), { recursive: true });
    writeFolder(cachePath('mnist'), { label: 7 });
    process.env.TSDL_MNIST_DIR = dir();
    writeFolder(dir(), { label: 4 });
    assert.equal(new MNIST({ announce }).labels[0], 7);
  });

  it('takes the embedded digits in the profile smoke whatever else is there', () => {
    process.env.TSDL_MNIST_DIR = dir();
    writeFolder(dir());
    process.env.TSDL_PROFILE = 'smoke';
    assert.equal(new MNIST({ announce }).length, 8000);
    assert.equal(new MNIST({ announce, source: 'local' }).length, 3);
  });

  it('falls back to the embedded digits, and says why, when the full profile cannot download', async () => {
    process.env.TSDL_PROFILE = 'full';
    const { train } = await loadMnist({ announce });
    assert.equal(train.length, 8000);
    assert.match(lines[0]!, /^下载 MNIST 不成功：.*TSDL_OFFLINE=1/);
    assert.match(lines[1]!, /^使用内置的 10,000 张/);
  });

  it('fails where a download is asked for and impossible, and where local files are asked for and missing', async () => {
    await assert.rejects(loadMnist({ source: 'download', announce }), /TSDL_OFFLINE=1/);
    await assert.rejects(
      loadMnist({ source: 'local', announce }),
      /expected its four files in the cache or in TSDL_MNIST_DIR/,
    );
  });

  it('refuses an incomplete TSDL_MNIST_DIR, images of another size and impossible labels', () => {
    process.env.TSDL_MNIST_DIR = dir();
    assert.throws(
      () => new MNIST({ announce }),
      /^RangeError: Cannot use TSDL_MNIST_DIR: .* got an incomplete folder/,
    );
    writeFolder(dir(), { side: 32 });
    assert.throws(() => new MNIST({ announce }), /expected n images of 28 × 28 .* got images \[3, 32, 32\]/);
    writeFolder(dir(), { label: 10 });
    assert.throws(() => new MNIST({ announce }), /expected labels 0 … 9, got 10/);
  });
});
