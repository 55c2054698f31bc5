/**
 * Small pictures that were drawn by people: emoji of four projects, each a class of its own kind of drawing. Made for
 * transfer from few pictures: train on one project's drawings, test on another's.
 */
import { say } from '../../../../bin/bootstrap/language';
import { shuffleInPlace } from '../../../engine/random/draw';
import { Sfc32 } from '../../../engine/random/sfc32';
import * as tf from '../../../engine/tf';
import { applied, ArrayDataset, type Dataset, type Transform } from '../../data/dataset';
import {
  type Emoji,
  EMOJI_GROUPS,
  EMOJI_PROJECTS,
  type EmojiGroup,
  emojiOf,
  type EmojiProject,
  type Info,
  readProject,
} from './catalogue';
import { emojiPictures } from './pictures';

export { EMOJI_GROUPS, EMOJI_PROJECTS, type EmojiGroup, type EmojiProject } from './catalogue';

/** Which emoji, how large, and what is done to them. */
export interface EmojiOptions {
  /** Whose drawings; Noto's by default. */
  readonly projects?: readonly EmojiProject[];
  /** The classes, in the order of their numbers; all eight groups by default. */
  readonly groups?: readonly EmojiGroup[];
  /**
   * The code points to train with (70 %) or the others to test with; all where it is not given. No code point is on
   * both sides, whatever the other options are, so that no sign is met again in another project's drawing.
   */
  readonly train?: boolean;
  /** As many pictures of each class, drawn by `seed`; with one seed, those of a smaller number are among a larger one's. */
  readonly perClass?: number;
  readonly seed?: number;
  /** Side in pixels. */
  readonly size?: number;
  /** Applied to each batch `[b, size, size, 3]` of pixels in 0 … 1. */
  readonly transform?: Transform;
}

/** One picture of the data set. */
export interface EmojiItem extends Omit<Emoji, 'icon'> {
  readonly project: EmojiProject;
  /** Number of the class. */
  readonly label: number;
}

/** Who drew a project's emoji, and what has to be said where they are shown. */
export interface EmojiLicence {
  readonly project: EmojiProject;
  readonly title: string;
  readonly author: string;
  /** SPDX's name, for example `CC-BY-4.0`. */
  readonly licence: string;
  readonly url: string;
  /** The sentence that belongs beside the pictures, in the language of the screen. */
  readonly notice: string;
}

const TEST_SHARE = 0.3;
/** Streams of random numbers: which side a code point is on, and the first of the classes' own. */
const [SIDE_STREAM, CLASS_STREAM] = [31, 32];

/** Whether a code point is held out, by nothing but itself. */
const isHeldOut = (codePoint: number): boolean => Sfc32.from(codePoint, SIDE_STREAM).next() < TEST_SHARE;

const GROUPS = Object.keys(EMOJI_GROUPS) as EmojiGroup[];

/** A picture and its place among all of its project. */
interface Found {
  readonly item: EmojiItem;
  readonly place: number;
}

type Choice = Required<Omit<EmojiOptions, 'train' | 'transform'>> & Pick<EmojiOptions, 'train'>;

const isWhole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;

const fail = (expected: string, actual: string): never => {
  throw new RangeError(`Cannot build EmojiDataset: expected ${expected}, got ${actual}`);
};

function checkNames(what: string, names: readonly string[], all: readonly string[]): void {
  const right = names.length > 0 && new Set(names).size === names.length;
  if (!right || !names.every((name) => all.includes(name)))
    fail(`${what} out of ${all.join(', ')}, each once`, `[${names.join(', ')}]`);
}

function check({ projects, groups, perClass, size }: Choice): void {
  checkNames('projects', projects, EMOJI_PROJECTS);
  checkNames('groups', groups, GROUPS);
  if (!isWhole(size, 8) || size > 512) fail('a size of 8 to 512 pixels', `${size}`);
  if (perClass !== Infinity && !isWhole(perClass, 1)) fail('perClass of 1 or more', `${perClass}`);
}

/** A group's pictures, `perClass` of them, in their old order. */
function some(found: readonly Found[], group: EmojiGroup, { perClass, seed }: Choice): readonly Found[] {
  if (perClass === Infinity) return found;
  if (perClass > found.length)
    fail(`perClass of at most ${found.length}, all there are of ${group}`, `${perClass}`);
  const order = found.map((_, i) => i);
  const random = Sfc32.from(seed, CLASS_STREAM + GROUPS.indexOf(group));
  shuffleInPlace(order, () => random.next());
  const chosen = new Set(order.slice(0, perClass));
  return found.filter((_, i) => chosen.has(i));
}

/** The pictures asked for, class after class, in each by project and code point. */
function choose(choice: Choice): Found[] {
  const { projects, groups, train } = choice;
  const all = projects.flatMap((project) =>
    emojiOf(project).flatMap(({ codePoint, name, group }, place): Found[] => {
      if (train !== undefined && isHeldOut(codePoint) === train) return [];
      return [{ item: { codePoint, name, group, project, label: groups.indexOf(group) }, place }];
    }),
  );
  return groups.flatMap((group) =>
    some(
      all.filter(({ item }) => item.group === group),
      group,
      choice,
    ),
  );
}

/** The chosen pictures one after the other. */
function gatherPixels(found: readonly Found[], { projects, size }: Choice): Uint8Array {
  const bytes = size * size * 3;
  const pixels = new Uint8Array(found.length * bytes);
  for (const project of projects) {
    const pictures = emojiPictures(project, size);
    found.forEach(({ item, place }, i) => {
      if (item.project === project)
        pixels.set(pictures.subarray(place * bytes, (place + 1) * bytes), i * bytes);
    });
  }
  return pixels;
}

/** Who drew a project's emoji, as its package says. */
function licenceOf(project: EmojiProject, size: number): EmojiLicence {
  const { name: title, author, license } = readProject<Info>(project, 'info.json');
  return {
    project,
    title,
    author: author.name,
    licence: license.spdx,
    url: license.url,
    notice: say({
      zh: `表情图：${title}，作者 ${author.name}，绘成 ${size} × ${size} 像素；许可 ${license.title}\n来源：${author.url} 许可：${license.url}`,
      en: `Emoji: ${title} by ${author.name} (${author.url}), licence ${license.title} (${license.url}), drawn at ${size} × ${size} pixels.`,
    }),
  };
}

/** Each byte as a number in 0 … 1, rounded as PyTorch rounds. */
const SHARES = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Emoji on white, classed by Unicode's groups. The drawings come with npm packages and are turned into pixels on first
 * use: nothing else is fetched.
 * @example
 * const train = new EmojiDataset({ projects: ['noto'], train: true, perClass: 10 });
 * const test = new EmojiDataset({ projects: ['fluent'], train: false });
 */
export class EmojiDataset implements Dataset<[tf.Tensor4D, tf.Tensor1D]> {
  readonly length: number;
  /** Names of the classes; a label is a place in this list. */
  readonly classes: readonly EmojiGroup[];
  readonly classToIdx: Readonly<Partial<Record<EmojiGroup, number>>>;
  /** What each picture shows and who drew it. */
  readonly items: readonly EmojiItem[];
  /** All pixels, 0 … 255, picture after picture. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
  /** Side in pixels. */
  readonly size: number;
  /** What is to be said where the pictures are shown. */
  readonly licences: readonly EmojiLicence[];
  private readonly arrays: ArrayDataset<[tf.Tensor4D, tf.Tensor1D]>;
  private readonly transform: Transform | undefined;

  /** @throws RangeError for options that cannot be, Error where the drawings are not installed */
  constructor(options: EmojiOptions = {}) {
    const { projects = ['noto'], groups = GROUPS, perClass = Infinity, seed = 0, size = 64, train } = options;
    const choice: Choice = {
      projects,
      groups,
      perClass,
      seed,
      size,
      ...(train === undefined ? {} : { train }),
    };
    check(choice);
    const found = choose(choice);
    this.length = found.length;
    this.classes = groups;
    this.classToIdx = Object.fromEntries(groups.map((group, i) => [group, i]));
    this.items = found.map(({ item }) => item);
    this.pixels = gatherPixels(found, choice);
    this.labels = Uint8Array.from(this.items, ({ label }) => label);
    this.size = size;
    this.licences = projects.map((project) => licenceOf(project, size));
    this.transform = options.transform;
    this.arrays = new ArrayDataset([
      { values: this.pixels, shape: [size, size, 3], table: SHARES },
      { values: this.labels, shape: [] },
    ]);
  }

  /** A transform may draw random numbers. */
  get fixed(): boolean {
    return this.transform === undefined;
  }

  /** Pictures float32 `[b, size, size, 3]` in 0 … 1, transformed, and labels int32 `[b]`. */
  gather(indices: ArrayLike<number>): [tf.Tensor4D, tf.Tensor1D] {
    const [x, y] = this.arrays.gather(indices);
    return [applied(this.transform, x), y];
  }
}
