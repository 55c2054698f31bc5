/**
 * Sentence patterns. Most come in two directions that use the same words in another order, so that only a model that
 * reads from word to word can tell which of two opposite opinions is the speaker's.
 */
import type { Aspect, Domain } from './lexicon';

/** 1 praises, 0 complains. */
export type Label = 0 | 1;

/** Random choices; the same seed makes the same corpus everywhere. */
export interface Chooser {
  one<T>(items: readonly T[]): T;
}

/** Two different parts of one thing, with one good and one bad word for each. */
interface Pair {
  readonly domain: Domain;
  readonly a: Spoken;
  readonly b: Spoken;
}
interface Spoken {
  readonly noun: string;
  readonly good: string;
  readonly bad: string;
}

const degree = (choose: Chooser): string => choose.one(['很', '非常', '特别', '相当', '十分']);

/** 「服务很热情」 */
const says = (choose: Chooser, { noun, good, bad }: Spoken, label: Label): string =>
  `${noun}${degree(choose)}${label === 1 ? good : bad}`;

const other = (label: Label): Label => (label === 1 ? 0 : 1);

type Pattern = (choose: Chooser, pair: Pair, label: Label) => string;

/** One opinion, plainly. */
const plain: Pattern = (choose, { domain: { these }, a, b }, label) =>
  choose.one([
    `${these[0]}${says(choose, a, label)}。`,
    `${says(choose, a, label)}，${b.noun}也${label === 1 ? b.good : b.bad}。`,
    `说实话，${says(choose, a, label)}。`,
    `${a.noun}${label === 1 ? a.good : a.bad}得让人${label === 1 ? '惊喜' : '失望'}。`,
  ]);

/** The opinion after 但是 counts, whichever clause stands first. */
const contrast: Pattern = (choose, { a, b }, label) => {
  const [minor, major] = [says(choose, a, other(label)), says(choose, b, label)];
  return choose.one([
    `虽然${minor}，但是${major}。`,
    `${minor}，不过${major}。`,
    `尽管${minor}，可是${major}。`,
    `${major}，虽然${minor}。`,
    `${major}，尽管${minor}。`,
  ]);
};

/** 「好是好，就是…」 */
const concede: Pattern = (choose, { a, b }, label) => {
  const word = label === 1 ? a.bad : a.good;
  const but = label === 1 ? ['不过', '可是', '但'] : ['不过', '可是', '但', '就是'];
  return `${a.noun}${word}是${word}，${choose.one(but)}${says(choose, b, label)}。`;
};

/** Denial: one 不 before either of two words. */
const denial: Pattern = (choose, { a, b }, label) => {
  const not = choose.one(['不', '并不', '一点也不', '算不上']);
  const [denied, said] = label === 1 ? [a.bad, b.good] : [a.good, b.bad];
  return choose.one([
    `${a.noun}${not}${denied}，${b.noun}${degree(choose)}${said}。`,
    `${b.noun}${degree(choose)}${said}，${a.noun}${not}${denied}。`,
    `${a.noun}${not}${denied}。`,
  ]);
};

/** Two denials make a praise, one a complaint. */
const doubleDenial: Pattern = (choose, { a }, label) =>
  label === 1
    ? choose.one([
        `没有人会说${a.noun}不${a.good}。`,
        `谁能说${a.noun}不${a.good}呢？`,
        `${a.noun}哪里${a.bad}了？明明${degree(choose)}${a.good}。`,
        `我不觉得${a.noun}${a.bad}。`,
        `并不是说${a.noun}${a.bad}，恰恰相反。`,
      ])
    : choose.one([
        `没有人会说${a.noun}${a.good}。`,
        `谁能说${a.noun}${a.good}呢？`,
        `${a.noun}哪里${a.good}了？明明${degree(choose)}${a.bad}。`,
        `我不觉得${a.noun}${a.good}。`,
        `并不是说${a.noun}${a.good}，恰恰相反。`,
      ]);

/** What was expected and what came. */
const surprise: Pattern = (choose, { a }, label) => {
  const [expected, found] = label === 1 ? [a.bad, a.good] : [a.good, a.bad];
  return choose.one([
    `本来以为${a.noun}${expected}，没想到${a.noun}${found}。`,
    `${a.noun}其实${found}，不像我以为的那样${expected}。`,
    `别人都说${a.noun}${expected}，我却觉得${found}。`,
    `我觉得${a.noun}${found}，别人却说${expected}。`,
  ]);
};

/** Who is better than whom; the speaker judges the first of the two things. */
const comparison: Pattern = (choose, { domain: { these }, a }, label) => {
  const [here, there] = these;
  return choose.one([
    label === 1 ? `${here}的${a.noun}比${there}${a.good}。` : `${there}的${a.noun}比${here}${a.good}。`,
    label === 1 ? `${there}的${a.noun}比${here}${a.bad}。` : `${here}的${a.noun}比${there}${a.bad}。`,
    label === 1 ? `${there}的${a.noun}没有${here}${a.good}。` : `${here}的${a.noun}没有${there}${a.good}。`,
  ]);
};

/** Patterns by name with the number of sentences that each makes. */
export const PATTERNS: readonly (readonly [name: string, count: number, pattern: Pattern])[] = [
  ['plain', 420, plain],
  ['contrast', 480, contrast],
  ['concede', 140, concede],
  ['denial', 300, denial],
  ['doubleDenial', 160, doubleDenial],
  ['surprise', 300, surprise],
  ['comparison', 260, comparison],
];

const spoken = (choose: Chooser, { noun, good, bad }: Aspect): Spoken => ({
  noun,
  good: choose.one(good),
  bad: choose.one(bad),
});

/** Two different parts of something, with their words. */
export function choosePair(choose: Chooser, domains: readonly Domain[]): Pair {
  const domain = choose.one(domains);
  const first = choose.one(domain.aspects);
  const second = choose.one(domain.aspects.filter((aspect) => aspect !== first));
  return { domain, a: spoken(choose, first), b: spoken(choose, second) };
}
