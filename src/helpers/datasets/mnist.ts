/**
 * MNIST, handwritten digits of 28 × 28 pixels: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
 * Looked for in the cache, then in `TSDL_MNIST_DIR`, then at mirrors; without any of them the 10,000 digits that
 * come with tsdl are used, and said to be so.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { say } from '../../../bin/bootstrap/language';
import { rank } from '../../engine/cluster';
import type * as tf from '../../engine/tf';
import { applied, ArrayDataset, type Dataset, type Transform } from '../data/dataset';
import { cachePath } from '../files/cache';
import type { DownloadOptions } from '../files/download';
import { type Digits, embeddedDigits, imagesFile, labelsFile, type Part, readPart, SIDE } from './digits';
import { downloadMnist, MNIST_MIRRORS } from './mirrors';

/** Mean and standard deviation of all training pixels of MNIST, in 0 … 1. */
export const MNIST_MEAN = 0.1307;
/** Standard deviation of all pixels of MNIST's training images, in 0 … 1. */
export const MNIST_STD = 0.3081;

/**
 * Where the digits come from: `local` the cache or `TSDL_MNIST_DIR`, `download` the mirrors where those two are
 * empty, `embedded` the 10,000 that come with tsdl. `auto` takes what is there and never waits for a network,
 * except in the profile `full`, which downloads; the profile `smoke` always takes the embedded digits, so that its
 * figures are the same everywhere.
 */
export type MnistSource = 'auto' | 'local' | 'download' | 'embedded';

/** Where MNIST comes from and what is done to its images. */
export interface MnistOptions {
  readonly source?: MnistSource;
  /** Applied to each batch `[b, 28, 28, 1]` of pixels in 0 … 1; by default normalises by mean and deviation. */
  readonly transform?: Transform;
  /** Receives the lines that say which data is used. */
  readonly announce?: (line: string) => void;
}

const PARTS = ['train', 't10k'] as const;

const FILES = PARTS.flatMap((part) => [imagesFile(part), labelsFile(part)]);

/** From a file's name to where it is. */
type Place = (name: string) => string;

interface Source {
  readonly find: Place;
  readonly name: string;
}

/** The four files where `place` says, packed or not; undefined where one is missing. */
function filesAt(place: Place): Place | undefined {
  const paths = new Map<string, string>();
  for (const name of FILES) {
    const path = [name, `${name}.gz`].map(place).find((path) => existsSync(path));
    if (path === undefined) return undefined;
    paths.set(name, path);
  }
  return (name) => paths.get(name) ?? place(name);
}

/** The four files on this machine, if they are there; `TSDL_MNIST_DIR` must hold them if it is set. */
function localFiles(): Source | undefined {
  const cached = filesAt((name) => cachePath('mnist', name));
  if (cached) return { find: cached, name: say({ zh: '缓存', en: 'the cache' }) };
  const dir = process.env.TSDL_MNIST_DIR;
  if (dir === undefined || dir === '') return undefined;
  const own = filesAt((name) => join(dir, name));
  if (own) return { find: own, name: 'TSDL_MNIST_DIR' };
  const names = FILES.join(', ');
  throw new RangeError(
    `Cannot use TSDL_MNIST_DIR: expected ${names} (or .gz) in "${dir}", got an incomplete folder`,
  );
}

function usesEmbedded(source: MnistSource): boolean {
  return source === 'embedded' || (source === 'auto' && process.env.TSDL_PROFILE === 'smoke');
}

/** The digits of one part and where they come from; no origin means the embedded ones. */
function load(part: Part, source: MnistSource): { digits: Digits; origin?: string } {
  const local = usesEmbedded(source) ? undefined : localFiles();
  if (local !== undefined) return { digits: readPart(part, local.find), origin: local.name };
  if (source === 'local' || source === 'download') {
    throw new Error(
      'Cannot load MNIST: expected its four files in the cache or in TSDL_MNIST_DIR, got none; ' +
        "fetch them with `await loadMnist({ source: 'download' })`",
    );
  }
  return { digits: embeddedDigits(part) };
}

/** One part of MNIST, as `torchvision.datasets.MNIST`; never waits for a network (`loadMnist()` does). */
export class MNIST implements Dataset<[tf.Tensor4D, tf.Tensor1D]> {
  readonly length: number;
  /** All pixels, 0 … 255, image after image. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  /** The cache, in the language of the screen, or `TSDL_MNIST_DIR`; undefined for the digits that come with tsdl. */
  readonly origin: string | undefined;
  private readonly arrays: ArrayDataset<[tf.Tensor4D, tf.Tensor1D]>;
  private readonly transform: Transform | undefined;

  /** @throws Error if `source` asks for files that are not on this machine */
  constructor({
    train = true,
    source = 'auto',
    transform,
    announce = told,
  }: MnistOptions & { train?: boolean } = {}) {
    const { digits, origin } = load(train ? 'train' : 't10k', source);
    this.pixels = digits.images.values;
    this.labels = digits.labels.values;
    this.length = this.labels.length;
    this.origin = origin;
    this.transform = transform;
    this.arrays = new ArrayDataset([
      { values: this.pixels, shape: [SIDE, SIDE, 1], table: pixelTable(transform === undefined) },
      { values: this.labels, shape: [] },
    ]);
    announce(description(origin, train ? { train: this.length } : { test: this.length }));
  }

  /** A transform may draw random numbers. */
  get fixed(): boolean {
    return this.transform === undefined;
  }

  /** Images float32 `[b, 28, 28, 1]`, transformed, and labels int32 `[b]`. */
  gather(indices: ArrayLike<number>): [tf.Tensor4D, tf.Tensor1D] {
    const [x, y] = this.arrays.gather(indices);
    return [applied(this.transform, x), y];
  }
}

/** Of several workers one speaks: all have the same data. */
const told = (line: string): void => {
  if (rank === 0) console.log(line);
};

/** What each byte means: pixel / 255, normalised if asked for, rounded as PyTorch rounds. */
function pixelTable(normalised: boolean): Float32Array {
  const [mean, std] = [Math.fround(MNIST_MEAN), Math.fround(MNIST_STD)];
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const pixel = Math.fround(byte / 255);
    return normalised ? Math.fround(pixel - mean) / std : pixel;
  });
}

const grouped = (count: number): string => count.toLocaleString('en-US');

/** One sentence that never lets a part look like the whole. */
function description(origin: string | undefined, { train, test }: { train?: number; test?: number }): string {
  const counts = [
    ...(train === undefined
      ? []
      : [say({ zh: `训练 ${grouped(train)} 张`, en: `${grouped(train)} to train` })]),
    ...(test === undefined ? [] : [say({ zh: `测试 ${grouped(test)} 张`, en: `${grouped(test)} to test` })]),
  ].join(say({ zh: '，', en: ', ' }));
  const whole = (train ?? 60_000) === 60_000 && (test ?? 10_000) === 10_000;
  if (origin !== undefined && whole)
    return say({
      zh: `使用完整的 MNIST（${origin}）：${counts}。`,
      en: `The complete MNIST (${origin}): ${counts}.`,
    });
  const all = grouped((train ?? 0) + (test ?? 0));
  const from =
    origin === undefined
      ? { zh: '内置的', en: 'built into tsdl' }
      : { zh: ` ${origin} 里的`, en: `of ${origin}` };
  return say({
    zh: `使用${from.zh} ${all} 张真实手写数字（${counts}）：只是 MNIST 的一部分，结果不能与完整的 MNIST 相比。`,
    en: `The ${all} real handwritten digits ${from.en} (${counts}): a part of MNIST, its results cannot be compared with those of the whole.`,
  });
}

/** Whether the original files should be fetched now. */
function wantsDownload(source: MnistSource): boolean {
  const asked = source === 'download' || (source === 'auto' && process.env.TSDL_PROFILE === 'full');
  return asked && localFiles() === undefined;
}

/**
 * MNIST, both parts; fetches the original files where `source` says so.
 * @throws Error if they are asked for and cannot be had
 * @example
 * const { train, test } = await loadMnist();
 * const loader = new DataLoader(train, { batchSize: 64, shuffle: true });
 */
export async function loadMnist({
  mirrors = MNIST_MIRRORS,
  ...options
}: MnistOptions & { mirrors?: readonly string[]; download?: Partial<DownloadOptions> } = {}): Promise<{
  train: MNIST;
  test: MNIST;
}> {
  const { source = 'auto', announce = told } = options;
  if (wantsDownload(source)) {
    try {
      await downloadMnist(mirrors, options.download);
    } catch (error) {
      if (source === 'download') throw error;
      announce(
        say({
          zh: `下载 MNIST 不成功：${(error as Error).message}`,
          en: `MNIST could not be downloaded: ${(error as Error).message}`,
        }),
      );
    }
  }
  const quiet = { ...options, announce: () => undefined };
  const [train, test] = [new MNIST({ ...quiet, train: true }), new MNIST({ ...quiet, train: false })];
  announce(description(train.origin, { train: train.length, test: test.length }));
  return { train, test };
}
