import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

import * as tf from '../../../src/engine/tf';
import { DatasetFolder, ImageFolder } from '../../../src/helpers/datasets/folder';
import { temporaryFolder } from '../../support/folder';

const fixture = (name: string) => resolve(__dirname, '../../fixtures/images', name);

describe('ImageFolder', () => {
  const path = temporaryFolder();

  /** root/Zebra, root/ant, root/ant/more; names that sort in Python's way. */
  function fill(): string {
    for (const folder of ['root', 'root/ant', 'root/ant/more', 'root/Zebra', 'root/éclair'])
      mkdirSync(path(folder));
    copyFileSync(fixture('rgb.png'), path('root/ant/b.PNG'));
    copyFileSync(fixture('rgb.jpg'), path('root/ant/more/a.jpg'));
    copyFileSync(fixture('rgb.bmp'), path('root/ant/B.bmp'));
    copyFileSync(fixture('rgb.png'), path('root/Zebra/x.jpeg')); // what it is, the bytes say
    copyFileSync(fixture('grey.png'), path('root/éclair/1.png'));
    writeFileSync(path('root/ant/notes.txt'), 'no picture');
    writeFileSync(path('root/readme'), 'no class');
    return path('root');
  }

  it('finds classes and samples in the order of torchvision', () => {
    const set = new ImageFolder(fill());
    assert.deepEqual(set.classes, ['Zebra', 'ant', 'éclair']);
    assert.deepEqual(set.classToIdx, { Zebra: 0, ant: 1, éclair: 2 });
    assert.deepEqual(
      set.samples.map(([file, target]) => [file.slice(path('root').length), target]),
      [
        ['/Zebra/x.jpeg', 0],
        ['/ant/B.bmp', 1],
        ['/ant/b.PNG', 1],
        ['/ant/more/a.jpg', 1],
        ['/éclair/1.png', 2],
      ],
    );
    assert.deepEqual([set.length, set.targets, set.imgs], [5, [0, 1, 1, 1, 2], set.samples]);
  });

  it('follows links, in circles once', () => {
    const root = fill();
    symlinkSync(root, path('root/ant/more/again'));
    mkdirSync(path('elsewhere'));
    copyFileSync(fixture('rgb.png'), path('elsewhere/y.png'));
    symlinkSync(path('elsewhere'), path('root/linked'));
    const set = new ImageFolder(root);
    assert.deepEqual(set.classes, ['Zebra', 'ant', 'linked', 'éclair']);
    assert.ok(set.samples.some(([file]) => file.endsWith('linked/y.png')));
  });

  it('reads batches through a transform, each sample by itself', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    const transform = { forward: (x: tf.Tensor4D) => tf.slice(x, [0, 0, 0, 0], [1, 5, 5, 3]) };
    const set = new ImageFolder(fill(), { transform, targetTransform: (target) => 10 * target });
    const before = tf.memory().numTensors;
    const [x, y] = set.gather([4, 0, 1]);
    assert.deepEqual([x.shape, x.dtype, [...y.dataSync()]], [[3, 5, 5, 3], 'int32', [20, 0, 10]]);
    assert.equal(tf.memory().numTensors, before + 2);
    const [image, target] = set.item(4);
    assert.deepEqual([image.shape, target, set.fixed], [[5, 5, 3], 20, false]);
    assert.throws(() => set.item(5), { name: 'RangeError', message: /an index in 0 … 4, got 5$/ });
    tf.dispose([x, y, image]);
  });

  it('says which sizes do not go together', function () {
    if (tf.getBackend() !== 'tensorflow') this.skip();
    const set = new ImageFolder(fill());
    assert.ok(set.fixed);
    assert.throws(() => set.gather([0, 4]), {
      name: 'RangeError',
      message:
        /samples of one size, got \[9, 7, 3\], \[6, 8, 3\]; transforms.Resize and CenterCrop give them one$/,
    });
  });

  it('refuses no class, a class without pictures', () => {
    mkdirSync(path('root'));
    assert.throws(() => new ImageFolder(path('root')), /a folder for each class, got none in ".*root"$/);
    mkdirSync(path('root/a'));
    mkdirSync(path('root/b'));
    writeFileSync(path('root/a/x.txt'), '');
    const message =
      /Cannot build ImageFolder: expected a file that ends in .jpg, .* in each class, got none in a, b$/;
    assert.throws(() => new ImageFolder(path('root')), { name: 'RangeError', message });
    assert.equal(new ImageFolder(path('root'), { allowEmpty: true }).length, 0);
    assert.equal(
      new ImageFolder(path('root'), { isValidFile: (f) => f.endsWith('txt'), allowEmpty: true }).length,
      1,
    );
  });

  it('DatasetFolder reads files of any kind', () => {
    mkdirSync(path('root'));
    mkdirSync(path('root/a'));
    writeFileSync(path('root/a/x.txt'), '');
    const loader = (file: string) => tf.tensor1d([file.length], 'int32');
    const set = new DatasetFolder(path('root'), { loader, extensions: ['.txt'] });
    assert.deepEqual(set.gather([0, 0])[0].shape, [2, 1]);
    assert.throws(
      () => new DatasetFolder(path('root'), { loader }),
      /either extensions or isValidFile, got none/,
    );
  });
});
