/**
 * Which emoji there are: code points, names and groups as npm packages of four projects have them (Iconify's, the SVG
 * drawings of the projects themselves). One drawing a code point: sequences (skin tones, hair, families) and flags
 * are left out.
 */
import { readFileSync } from 'node:fs';

import type { Text } from '../../../../bin/bootstrap/language';
import { requirePart, told } from '../../../engine/backend/paths';

/** A project that draws emoji: Google's Noto, Twitter's Twemoji, OpenMoji, Microsoft's Fluent (flat). */
export type EmojiProject = 'noto' | 'twemoji' | 'openmoji' | 'fluent';

/** The npm packages that the drawings come in. */
const PACKAGES: Readonly<Record<EmojiProject, string>> = {
  noto: '@iconify-json/noto',
  twemoji: '@iconify-json/twemoji',
  openmoji: '@iconify-json/openmoji',
  fluent: '@iconify-json/fluent-emoji-flat',
};

/** The projects, in the order in which they are asked for a code point's name and group. */
export const EMOJI_PROJECTS = Object.keys(PACKAGES) as readonly EmojiProject[];

/** Unicode's groups of emoji, flags apart, with what they are called. */
export const EMOJI_GROUPS = {
  Activities: { zh: '活动', en: 'activities' },
  'Animals & Nature': { zh: '动物与自然', en: 'animals and nature' },
  'Food & Drink': { zh: '食物与饮料', en: 'food and drink' },
  Objects: { zh: '物品', en: 'objects' },
  'People & Body': { zh: '人物与身体', en: 'people and body' },
  'Smileys & Emotion': { zh: '笑脸与情感', en: 'smileys and emotion' },
  Symbols: { zh: '符号', en: 'symbols' },
  'Travel & Places': { zh: '旅行与地点', en: 'travel and places' },
} as const satisfies Readonly<Record<string, Text>>;

/** A group's name, as Unicode writes it. */
export type EmojiGroup = keyof typeof EMOJI_GROUPS;

/** An emoji that a project has drawn. */
export interface Emoji {
  readonly codePoint: number;
  /** The same for a code point in all projects, for example `baby-chick`. */
  readonly name: string;
  /** The same for a code point in all projects. */
  readonly group: EmojiGroup;
  /** What the project's package calls the drawing. */
  readonly icon: string;
}

/** A drawing in SVG: what is inside of the root element, and the size of the canvas if it is not the package's. */
interface Icon {
  readonly body: string;
  readonly width?: number;
  readonly height?: number;
}

/** `icons.json` of a package. */
export interface Icons {
  readonly icons: Readonly<Record<string, Icon>>;
  readonly width: number;
  readonly height: number;
}

/** `info.json` of a package, as far as it says who drew and what is allowed. */
export interface Info {
  readonly name: string;
  readonly author: { readonly name: string; readonly url: string };
  readonly license: { readonly title: string; readonly spdx: string; readonly url: string };
}

/** Letters that flags are put together from, and the frame of keycaps: emoji only beside others. */
const isPiece = (codePoint: number): boolean =>
  (codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff) || codePoint === 0x20e3;

/** Drawn far beyond the canvas, on which resvg 2.6 ends the whole process instead of throwing. */
const UNDRAWABLE: Readonly<Partial<Record<EmojiProject, number>>> = { noto: 0x1f4e6 };

/**
 * Reads a JSON file of an npm package.
 * @throws Error where the package is not installed
 */
export function readPackage<T>(name: string, file: string): T {
  requirePart('emoji');
  let path: string;
  try {
    path = require.resolve(`${name}/${file}`);
  } catch (cause) {
    throw new Error(
      told(`Cannot read emoji: expected the npm package ${name}, got none; npm run setup installs it`),
      { cause },
    );
  }
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** A JSON file of a project's package: `icons.json`, `info.json`, `package.json`, … */
export const readProject = <T>(project: EmojiProject, file: string): T =>
  readPackage(PACKAGES[project], file);

/** The group of each drawing by its name; OpenMoji writes the groups without "&". */
function groupsOf(project: EmojiProject): Map<string, EmojiGroup> {
  const { categories } = readProject<{ categories: Readonly<Record<string, string[]>> }>(
    project,
    'metadata.json',
  );
  const groups = Object.keys(EMOJI_GROUPS) as EmojiGroup[];
  return new Map(
    groups.flatMap((group) => {
      const icons = categories[group] ?? categories[group.replace(' & ', ' ')] ?? [];
      return icons.map((icon) => [icon, group] as const);
    }),
  );
}

/** Code points of a project's drawings, ascending; U+FE0F only says that a sign is meant as a picture. */
function singlesOf(project: EmojiProject): { codePoint: number; icon: string }[] {
  const chars = readProject<Readonly<Record<string, string>>>(project, 'chars.json');
  const singles = new Map<number, string>();
  for (const [sequence, icon] of Object.entries(chars)) {
    const [first = '', ...rest] = sequence.split('-').filter((one) => one !== 'fe0f');
    const codePoint = parseInt(first, 16);
    if (rest.length === 0 && !isPiece(codePoint) && UNDRAWABLE[project] !== codePoint)
      singles.set(codePoint, icon);
  }
  return [...singles]
    .map(([codePoint, icon]) => ({ codePoint, icon }))
    .sort((a, b) => a.codePoint - b.codePoint);
}

/** All emoji by project: a code point is called and grouped as the first project does that groups it. */
function readCatalogue(): Map<EmojiProject, readonly Emoji[]> {
  const known = new Map<number, Pick<Emoji, 'name' | 'group'>>();
  const drawings = EMOJI_PROJECTS.map((project) => {
    const groups = groupsOf(project);
    const singles = singlesOf(project);
    for (const { codePoint, icon } of singles) {
      const group = groups.get(icon);
      if (group && !known.has(codePoint)) known.set(codePoint, { name: icon, group });
    }
    return [project, singles] as const;
  });
  const named = ({ codePoint, icon }: { codePoint: number; icon: string }): Emoji[] => {
    const common = known.get(codePoint);
    return common ? [{ codePoint, ...common, icon }] : [];
  };
  return new Map(drawings.map(([project, singles]) => [project, singles.flatMap(named)]));
}

let catalogue: Map<EmojiProject, readonly Emoji[]> | undefined;

/** A project's emoji, code points ascending; the packages are read once. */
export function emojiOf(project: EmojiProject): readonly Emoji[] {
  catalogue ??= readCatalogue();
  return catalogue.get(project) ?? [];
}
