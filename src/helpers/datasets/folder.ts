/** Pictures in folders, one folder for each class: `torchvision.datasets.ImageFolder` and `DatasetFolder`. */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

import * as tf from '../../engine/tf';
import type { Dataset, Transform } from '../data/dataset';
import { readImage } from '../images';

/** Endings that torchvision takes for pictures; those that cannot be decoded here say so when they are read. */
const IMG_EXTENSIONS = ['.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif', '.tiff', '.webp'] as const;

/** A file and the number of its class. */
export type FolderSample = readonly [path: string, target: number];

/** How files become samples. */
export interface DatasetFolderOptions {
  /** Reads one file. */
  readonly loader: (path: string) => tf.Tensor;
  /** Endings of the files to take, in small letters; this or `isValidFile`. */
  readonly extensions?: readonly string[];
  /** Whether to take a file. */
  readonly isValidFile?: (path: string) => boolean;
  /** Applied to each sample by itself, as a batch of one. */
  readonly transform?: Transform;
  /** Another number for a class. */
  readonly targetTransform?: (target: number) => number;
  /** Lets classes be empty. */
  readonly allowEmpty?: boolean;
}

/** In the order of Python's `sorted`: by code points. */
const inOrder = (names: readonly string[]): string[] =>
  [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const isFolder = (parent: string, entry: Dirent): boolean =>
  entry.isDirectory() ||
  (entry.isSymbolicLink() &&
    (statSync(join(parent, entry.name), { throwIfNoEntry: false })?.isDirectory() ?? false));

/** Files in a folder and below, folder by folder; links are followed, in circles once. */
function filesBelow(root: string): string[] {
  const folders = new Map<string, string[]>();
  const seen = new Set<string>();
  const visit = (folder: string): void => {
    const real = realpathSync(folder);
    if (seen.has(real)) return;
    seen.add(real);
    const entries = readdirSync(folder, { withFileTypes: true });
    const [below, files] = [true, false].map((wanted) =>
      entries.filter((entry) => isFolder(folder, entry) === wanted).map(({ name }) => name),
    );
    folders.set(folder, files ?? []);
    for (const name of below ?? []) visit(join(folder, name));
  };
  visit(root);
  return inOrder([...folders.keys()]).flatMap((folder) =>
    inOrder(folders.get(folder) ?? []).map((name) => join(folder, name)),
  );
}

/** Files in folders, the folder's name being the class; read when a batch asks for them. */
export class DatasetFolder implements Dataset {
  /** Names of the classes, sorted; a class's number is its place. */
  readonly classes: readonly string[];
  readonly classToIdx: Readonly<Record<string, number>>;
  readonly samples: readonly FolderSample[];
  /** Numbers of the classes, one for each sample. */
  readonly targets: readonly number[];

  /** @throws RangeError if there is no class folder or a class has no file */
  constructor(
    readonly root: string,
    private readonly options: DatasetFolderOptions,
  ) {
    this.classes = this.findClasses(root);
    this.classToIdx = Object.fromEntries(this.classes.map((name, i) => [name, i]));
    this.samples = this.findSamples();
    this.targets = this.samples.map(([, target]) => target);
  }

  get length(): number {
    return this.samples.length;
  }

  /** A transform may draw random numbers. */
  get fixed(): boolean {
    return this.options.transform === undefined;
  }

  /**
   * One sample and the number of its class, as `dataset[index]` in PyTorch; the caller disposes the tensor.
   * @throws RangeError for an index that is not there, and what the loader throws
   */
  item(index: number): [tf.Tensor, number] {
    const sample = this.samples[index];
    if (!sample) {
      throw new RangeError(`Cannot read sample: expected an index in 0 … ${this.length - 1}, got ${index}`);
    }
    const { loader, transform, targetTransform = (target: number) => target } = this.options;
    const [path, target] = sample;
    const loaded = tf.tidy(() => {
      const image = loader(path);
      return transform ? tf.squeeze(transform.forward(tf.expandDims<tf.Tensor4D>(image)), [0]) : image;
    });
    return [loaded, targetTransform(target)];
  }

  /** @throws RangeError if the samples are not of one size */
  gather(indices: ArrayLike<number>): [tf.Tensor, tf.Tensor] {
    return tf.tidy(() => {
      const items = Array.from(indices, (index) => this.item(index));
      const sizes = [...new Set(items.map(([{ shape }]) => `[${shape.join(', ')}]`))];
      if (sizes.length > 1) {
        throw new RangeError(
          `Cannot make a batch: expected samples of one size, got ${sizes.slice(0, 4).join(', ')}; ` +
            'transforms.Resize and CenterCrop give them one',
        );
      }
      const targets = tf.tensor1d(
        items.map(([, target]) => target),
        'int32',
      );
      return [tf.stack(items.map(([tensor]) => tensor)), targets];
    });
  }

  /**
   * The folders directly below the root.
   * @throws RangeError if there is none
   */
  protected findClasses(root: string): string[] {
    const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => isFolder(root, entry));
    if (folders.length > 0) return inOrder(folders.map(({ name }) => name));
    throw new RangeError(
      `Cannot build ${this.constructor.name}: expected a folder for each class, got none in "${root}"`,
    );
  }

  private findSamples(): FolderSample[] {
    const { extensions, isValidFile, allowEmpty = false } = this.options;
    const what = `Cannot build ${this.constructor.name}: expected`;
    if ((extensions === undefined) === (isValidFile === undefined)) {
      throw new RangeError(`${what} either extensions or isValidFile, got ${extensions ? 'both' : 'none'}`);
    }
    const wanted =
      isValidFile ?? ((path) => extensions?.some((ending) => path.toLowerCase().endsWith(ending)) ?? false);
    const found = this.classes.map((name) => filesBelow(join(this.root, name)).filter(wanted));
    const empty = this.classes.filter((_, target) => found[target]?.length === 0);
    if (empty.length > 0 && !allowEmpty) {
      const which = extensions ? ` that ends in ${extensions.join(', ')}` : '';
      throw new RangeError(`${what} a file${which} in each class, got none in ${empty.join(', ')}`);
    }
    return found.flatMap((paths, target) => paths.map((path): FolderSample => [path, target]));
  }
}

/**
 * Pictures in folders, one for each class: `root/dog/xxx.png`, `root/cat/123.jpg`. They are read as red, green and blue,
 * whole numbers 0 … 255 `[h, w, 3]`; `transform` gives them one size.
 * @example
 * import * as transforms from 'tsdl/helpers/data/transforms';
 * const transform = new transforms.Compose([
 *   new transforms.Resize(256),
 *   new transforms.CenterCrop(224),
 *   new transforms.ToTensor(),
 * ]);
 * const pictures = new ImageFolder('pictures', { transform });
 * const loader = new DataLoader(pictures, { batchSize: 32, shuffle: true });
 */
export class ImageFolder extends DatasetFolder {
  constructor(root: string, options: Partial<DatasetFolderOptions> = {}) {
    const endings = options.isValidFile ? {} : { extensions: IMG_EXTENSIONS };
    super(root, { loader: (path) => readImage(path, { mode: 'RGB' }), ...endings, ...options });
  }

  /** Files and the numbers of their classes. */
  get imgs(): readonly FolderSample[] {
    return this.samples;
  }
}
