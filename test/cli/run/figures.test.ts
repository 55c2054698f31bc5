import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { COURSE, NOTEBOOKS } from '../../../src/cli/run/course';
import { cellText, type Notebook, type NotebookCell } from '../../../src/cli/run/notebook';

/**
 * The figures in a notebook's prose, held to what it computes. Each number in the text, formulas and code apart, has to
 * stand in an output of the notebook, rounded as the text rounds, or in its code: a setting, or the limit of a `bound`.
 * Results (a number with a unit such as %) are looked for in outputs and bounds only. Free are section numbers, years of
 * publications, numbers below ten without a unit, the times in the header, which the map's table repeats, and cells that
 * begin with 实测 and a date: what one machine did on one day.
 */

/** Notebooks of chapter 11, which stand on the course's map and on no other. */
const isPart = (name: string): boolean => name.includes('/');

/** Numbers that no cell of the notebook says, and where each comes from. */
const FROM_ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '01-introduction': {
    15.3: '% in AlexNet’s paper',
    26.2: '% there',
    400: 'any pixel, for an example',
    3000: 'where an exercise starts',
  },
  '02-setup': { 1024: 'a side that an exercise asks for' },
  '03-neural-networks': { 32: 'the bits of a float' },
  '05-cnn': { 152: 'layers of ResNet, in its paper' },
  '06-rnn-lstm': { 50: '% by chance', 600: 'steps that an exercise asks for' },
  '07-transformer': { 12: 'tokens, 2 · DIGITS' },
  '08-training': { 30: 'repetitions, in src/helpers/course', 40: 'of 1000 in batches of 64, the rest' },
  '09-techniques': { 25: '% by chance, one of four', 255: 'the brightest byte' },
  '10-transfer-learning': {
    0.9: 'momentum, set before',
    98: 'MB that torchvision names',
    128: '万 photographs of ImageNet',
  },
  '11-summary': { 0.5: 'the IoU in mAP@0.5', 100: 'steps of DDPM', 784: 'pixels' },
  '11-summary/01-detection': {
    0.5: 'the weight of empty cells, in src/models',
    16: '4 × 4',
    36: 'cells, 6 × 6',
  },
  '11-summary/02-segmentation': { 12: 'pixels, a quarter of the side' },
  '11-summary/03-style-transfer': { 19: 'in VGG-19' },
  '11-summary/04-gpt': { 388: 'poems in the collection' },
  '11-summary/05-bert': {
    10: '% changed, 10 % kept, in the paper',
    15: '% in the title of a paper',
    16.7: '%, one of six',
    25: '% covered, set as a share',
    80: '% covered by the mask, in the paper',
    9999: 'where numerals end',
  },
  '11-summary/06-translation': {
    0.18: '0.6 · 0.3',
    0.3: 'a probability, for an example',
    0.36: '0.4 · 0.9',
    0.4: 'another',
    0.6: 'another',
    0.9: 'another',
    9999: 'where numerals end',
  },
  '11-summary/07-vae': { 1.44: 'bits in a nat' },
  '11-summary/08-gan': {
    0.693: 'ln 2',
    0.9: 'Adam’s usual β₁',
    1.386: '2 ln 2',
    14: 'pixels, half of the side',
  },
  '11-summary/09-diffusion': { 14: 'pixels, half of the side' },
  '11-summary/10-reinforcement-learning': {
    0.01: 'the weight of the entropy, in src/helpers/train',
    0.02: 'seconds of a step, in the cart',
    0.04: 'what a step on the board costs',
    0.5: 'the weight of the value’s error',
  },
};

const read = (name: string) => JSON.parse(readFileSync(join(NOTEBOOKS, `${name}.ipynb`), 'utf8')) as Notebook;
const textOf = (name: string) => read(name).cells.map(cellText).join('\n');
const isCode = (cell: NotebookCell) => cell.cell_type === 'code';

/** What is said to the reader: markdown without code, formulas, addresses, headings' numbers and the header's times. */
function prose(cell: NotebookCell): string {
  if (/^\*\*实测\*\*（\d{4}-\d\d-\d\d，/.test(cellText(cell))) return '';
  return cellText(cell)
    .replace(/```[\s\S]*?```|\$\$[\s\S]*?\$\$/g, '')
    .replace(/`[^`]*`|\$[^$\n]*\$/g, ' ')
    .replace(/\]\([^)]*\)|^\| 用时 \|.*$|^## [\d.]+/gm, '');
}

/** Numbers as they are written, `1,234`, `0.50`, `1e-5`; part of no word and of no version. */
const NUMBER = /(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?(?![\w]|\.\d)/g;
const value = (text: string): number => Number(text.replace(/[,_]/g, ''));

/** What cells print, pictures by their description; what each says may be a share or a percentage. */
function printed({ cells }: Notebook): number[] {
  const texts = cells.filter(isCode).flatMap(({ outputs = [] }) =>
    outputs.map((output) => {
      const { text, data } = output as { text?: string[] | string; data?: Record<string, string[] | string> };
      return [text ?? data?.['text/plain'] ?? ''].flat().join('');
    }),
  );
  return texts.flatMap((text) => (text.match(NUMBER) ?? []).map(value));
}

/** The number literals of code, or of its calls of `bound` alone. */
function written({ cells }: Notebook, only: RegExp): Set<number> {
  const lines = cells.filter(isCode).flatMap((cell) => cellText(cell).split('\n'));
  const literals = lines
    .filter((line) => only.test(line))
    .flatMap((line) => line.match(/(?<![\w.])\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?/g) ?? []);
  return new Set(literals.map(value));
}

/** Half of the last digit that a number is written with. */
function halfDigit(text: string): number {
  const [mantissa = '', exponent = '0'] = text.split('e');
  return 0.5 * 10 ** (Number(exponent) - (mantissa.split('.')[1]?.length ?? 0));
}

/** Numbers of sections and of notebooks. */
const PLACES = new Set(
  COURSE.flatMap((name) => [
    name.slice(0, 2),
    ...read(name).cells.flatMap((cell) => [...cellText(cell).matchAll(/^## ([\d.]+)/gm)].map(([, at]) => at)),
  ]),
);

/** Whether a number says where something is: a section, a notebook, a year. */
const isPlace = (number: string): boolean => PLACES.has(number) || /^(19|20)\d\d$/.test(number);

/** What a unit multiplies a number with; a percentage is also looked for as a share. */
const UNITS: Readonly<Record<string, readonly number[]>> = {
  '%': [1, 0.01],
  个百分点: [1, 0.01],
  倍: [1],
  万: [1e4],
  亿: [1e8],
};
const UNIT = new RegExp(`^\\s?(${Object.keys(UNITS).join('|')})`);

/** Whether something that was printed is, rounded, what the text says. */
function isPrinted(outputs: readonly number[], text: string, scale: number): boolean {
  const [said, half] = [value(text) * scale, halfDigit(text) * scale * (1 + 1e-9)];
  return outputs.some((one) => (half < 0.6 && half > 0.4 ? one === said : Math.abs(one - said) <= half));
}

/** Finds numbers of a section's prose that nothing says: counts in the whole notebook, results in the section. */
function finder(notebook: Notebook, section: Notebook, elsewhere: Readonly<Record<string, string>>) {
  const counts = [...printed(notebook), ...written(notebook, /./)];
  const results = [...printed(section), ...written(section, /bound\./)];
  const settings = written(section, /./);
  return (text: string): RegExpExecArray[] =>
    [...text.matchAll(NUMBER)].filter((match) => {
      const [number] = match;
      const unit = UNIT.exec(text.slice(match.index + number.length))?.[1] ?? '';
      if (number in elsewhere || (unit === '' && isPlace(number))) return false;
      if (unit === '' && /^[\d,]+$/.test(number)) return value(number) > 9 && !counts.includes(value(number));
      if (unit === '' && settings.has(value(number))) return false;
      return !(UNITS[unit] ?? [1]).some((scale) => isPrinted(results, number, scale));
    });
}

/** A notebook's sections, each from one `##` heading to the next; what has no output, the summary, has all cells. */
function sections(notebook: Notebook): { readonly told: readonly NotebookCell[]; readonly by: Notebook }[] {
  const parts: NotebookCell[][] = [[]];
  for (const cell of notebook.cells) {
    const last = parts.at(-1) ?? [];
    if (!isCode(cell) && /^## /m.test(cellText(cell)) && last.some(isCode)) parts.push([cell]);
    else last.push(cell);
  }
  return parts.map((cells) => ({
    told: cells.filter((cell) => !isCode(cell)),
    by: /^## 小结/m.test(cells.map(cellText).join('\n')) ? notebook : { ...notebook, cells },
  }));
}

/** The same for a whole notebook, each number with what stands around it. */
function unfounded(notebook: Notebook, elsewhere: Readonly<Record<string, string>> = {}): string[] {
  return sections(notebook).flatMap(({ told, by }) => {
    const find = finder(notebook, by, elsewhere);
    return told.flatMap((cell) => {
      const text = prose(cell);
      return find(text).map(({ index }) => `${cell.id}: ${text.slice(Math.max(0, index - 10), index + 18)}`);
    });
  });
}

/** The results in a prose that have two digits or more, each alone and with another last digit. */
const altered = (text: string): string[] =>
  [...text.matchAll(/(?<![\w.])\d+\.\d+\s?(?:%|个?百分点|倍)?(?![\w]|\.\d)/g)]
    .map(([result]) => result.trim())
    .filter((result) => !isPlace(result) && /[1-9].*\d/.test(result))
    .map((result) => result.replace(/\d(?=\D*$)/, (digit) => `${(Number(digit) + 3) % 10}`));

const sample = (text: string, output: string, source = '') =>
  ({
    cells: [
      { id: 'p', cell_type: 'markdown', source: text },
      { id: 'c', cell_type: 'code', source, outputs: [{ text: output }] },
    ],
  }) as unknown as Notebook;

describe('figures in prose', () => {
  it('are results that were printed, rounded or not, as a share or a percentage', () => {
    const right = '准确率 97.4%，比 0.52 高，28 万张，领先 35.0 个百分点，见 4.4，1998 年';
    assert.deepEqual(unfounded(sample(right, '0.974 0.5212 284,000 35.02')), []);
    const wrong = '准确率 97.6%，一共 434 句，差 3.1 倍';
    const found = unfounded(sample(wrong, '97.4% 433 3.2', 'const x = 3.1;')).join();
    for (const number of ['97.6%', '434 句', '3.1 倍']) assert.match(found, new RegExp(`${number}`));
    assert.equal(found.split(',').length, 3);
  });

  it('are also settings and the limits of bounds', () => {
    const source = "const STEPS = 150;\nbound.below('损失', loss, 0.35);";
    assert.deepEqual(unfounded(sample('走 150 步，损失低于 0.35，也就是 35%', '', source)), []);
    assert.deepEqual(unfounded(sample('提高 150%', '', source)).length, 1);
  });

  for (const name of COURSE) {
    it(`of ${name} are those of its cells`, () =>
      assert.deepEqual(unfounded(read(name), FROM_ELSEWHERE[name]), []));
  }

  for (const map of [join(NOTEBOOKS, 'README.md'), join(NOTEBOOKS, '..', 'README.md')]) {
    it(`of ${relative(join(NOTEBOOKS, '..'), map)} are those of the notebooks`, () => {
      const lines = readFileSync(map, 'utf8').split('\n');
      for (const name of COURSE.filter((one) => !isPart(one) || map.startsWith(NOTEBOOKS))) {
        const row = lines.find((line) => line.includes(`${name}.ipynb) `)) ?? '';
        const [number] = finder(
          read(name),
          read(name),
          FROM_ELSEWHERE[name] ?? {},
        )(row.split('|').at(-3) ?? '');
        assert.ok(row !== '' && number === undefined, `${name}: ${number?.[0]} in ${row}`);
      }
    });
  }

  it('would be missed if they were others: nearly all results of the course, each with its last digit changed', () => {
    const missed = COURSE.flatMap((name) =>
      sections(read(name)).flatMap(({ told, by }) => {
        const find = finder(read(name), by, {});
        return told.flatMap((cell) => altered(prose(cell))).map((result) => find(result).length === 1);
      }),
    );
    const share = missed.filter(Boolean).length / missed.length;
    assert.ok(missed.length > 10 && share > 0.9, `${(100 * share).toFixed(0)} % of ${missed.length}`);
  });

  it('in the headers, seconds and gigabytes, are those of the map', () => {
    const map = readFileSync(join(NOTEBOOKS, 'README.md'), 'utf8');
    for (const name of COURSE) {
      const [, time = ''] = /\| 用时 \| 快速版 ?([\d 分秒几十]+)，/.exec(textOf(name)) ?? [];
      const row = map.split('\n').find((line) => line.includes(`](${name}.ipynb)`)) ?? '';
      assert.equal(row.split('|').at(-2)?.trim(), time.trim(), name);
    }
  });
});
