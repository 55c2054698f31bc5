import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as tf from '../../../src/engine/tf';
import {
  EMOJI_GROUPS,
  EMOJI_PROJECTS,
  EmojiDataset,
  type EmojiOptions,
} from '../../../src/helpers/datasets/emoji';
import { emojiOf, readPackage } from '../../../src/helpers/datasets/emoji/catalogue';
import { cachePath } from '../../../src/helpers/files/cache';
import { assertClose } from '../../support/close';

const SIZE = 8; // the smallest there is

/** Runs `work` and keeps what it writes on the screen. */
function watched<T>(work: () => T): { value: T; screen: string } {
  const write = process.stdout.write.bind(process.stdout);
  const lines: string[] = [];
  process.stdout.write = (text: string | Uint8Array) => lines.push(String(text)) > 0;
  try {
    return { value: work(), screen: lines.join('') };
  } finally {
    process.stdout.write = write;
  }
}

const emoji = (options: EmojiOptions = {}): EmojiDataset =>
  watched(() => new EmojiDataset({ projects: ['fluent'], size: SIZE, ...options })).value;

const codePoints = ({ items }: EmojiDataset): number[] => items.map(({ codePoint }) => codePoint);

describe('EmojiDataset', () => {
  const kept = { ...process.env };
  let home = ''; // shared: drawing takes a moment
  before(() => (home = mkdtempSync(join(tmpdir(), 'tsdl-home-'))));
  after(() => rmSync(home, { recursive: true }));
  beforeEach(() => void Object.assign(process.env, { TSDL_HOME: home, TSDL_LANG: 'en' }));
  afterEach(() => void (process.env = { ...kept }));

  it('draws each project once, says so, and reads one file afterwards; a damaged one is drawn anew', () => {
    const make = () => watched(() => new EmojiDataset({ projects: ['fluent'], size: SIZE }));
    const first = make();
    assert.match(first.screen, /^Drawing 1365 emoji \(fluent\) …\n.* done \(\d+ s\)\n$/s);
    const second = make();
    assert.equal(second.screen, '');
    assert.deepEqual(second.value.pixels, first.value.pixels);
    const [file = '', ...others] = readdirSync(cachePath('emoji'));
    assert.match(file, /^fluent-8-[0-9a-f]{12}\.idx$/);
    assert.deepEqual(others, []);
    truncateSync(cachePath('emoji', file), 1000);
    const third = make();
    assert.match(third.screen, /Drawing/);
    assert.deepEqual(third.value.pixels, first.value.pixels);
  });

  it('draws all projects: every picture is there, on white', () => {
    const all = emoji({ projects: EMOJI_PROJECTS });
    assert.deepEqual(
      EMOJI_PROJECTS.map((project) => all.items.filter((item) => item.project === project).length),
      [1394, 1387, 1406, 1365],
    );
    assert.equal(all.pixels.length, all.length * SIZE * SIZE * 3);
    const colourOf = (codePoint: number, at: number) =>
      all.items.flatMap((item, i) => {
        const start = (i * SIZE * SIZE + at) * 3;
        return item.codePoint === codePoint ? [[...all.pixels.subarray(start, start + 3)]] : [];
      });
    const centre = (SIZE / 2) * SIZE + SIZE / 2;
    for (const [red = 0, green = 0, blue = 0] of colourOf(0x2764, centre))
      // the red heart of all four
      assert.ok(red > 150 && green < 110 && blue < 110, `${red} ${green} ${blue}`);
    for (const colour of colourOf(0x2764, SIZE * SIZE - 1)) assert.ok(Math.min(...colour) > 240);
    assert.equal(colourOf(0x2764, 0).length, 4);
  });

  it('calls and groups a code point the same in all projects, without flags, skin tones and sequences', () => {
    const known = new Map<number, string>();
    for (const { codePoint, name, group } of EMOJI_PROJECTS.flatMap(emojiOf)) {
      assert.equal(known.get(codePoint) ?? `${name} ${group}`, `${name} ${group}`);
      known.set(codePoint, `${name} ${group}`);
    }
    assert.equal(known.get(0x1f424), 'baby-chick Animals & Nature');
    assert.equal(known.get(0x1f980), 'crab Animals & Nature'); // food in Fluent's package
    for (const out of [0x1f1e8, 0x1f3fb, 0x1f3c1, 0x20e3]) assert.ok(!known.has(out), out.toString(16));
    const inOrder = emojiOf('noto').map(({ codePoint }) => codePoint);
    assert.deepEqual(
      inOrder,
      [...new Set(inOrder)].sort((a, b) => a - b),
    );
  });

  it('numbers the classes as they are given', () => {
    const groups = ['Food & Drink', 'Activities'] as const;
    const { classes, classToIdx, items, labels, length } = emoji({ groups });
    assert.deepEqual([classes, classToIdx], [groups, { 'Food & Drink': 0, Activities: 1 }]);
    assert.deepEqual(
      [...labels],
      items.map(({ group }) => (group === 'Food & Drink' ? 0 : 1)),
    );
    assert.deepEqual([length, labels.indexOf(1)], [128 + 85, 128]);
    assert.deepEqual(emoji().classes, Object.keys(EMOJI_GROUPS));
  });

  it('keeps code points to one side, whatever else is asked for', () => {
    const train = emoji({ projects: ['fluent', 'noto'], train: true, seed: 1 });
    const test = emoji({ projects: ['twemoji'], train: false, seed: 2, groups: ['Objects', 'Symbols'] });
    const trained = new Set(codePoints(train));
    assert.ok(codePoints(test).every((codePoint) => !trained.has(codePoint)));
    const whole = emoji();
    const sides = [emoji({ train: true }), emoji({ train: false })];
    assert.deepEqual(
      sides.flatMap(codePoints).sort((a, b) => a - b),
      codePoints(whole).sort((a, b) => a - b),
    );
    assertClose([(sides[1]?.length ?? 0) / whole.length], [0.3], 0.03);
  });

  it('draws pictures of each class by the seed, the fewer among the more', () => {
    const ten = emoji({ perClass: 10, seed: 5 });
    assert.deepEqual(
      ten.classes.map((_, label) => ten.labels.filter((other) => other === label).length),
      Array<number>(8).fill(10),
    );
    assert.deepEqual(codePoints(emoji({ perClass: 10, seed: 5 })), codePoints(ten));
    assert.notDeepEqual(codePoints(emoji({ perClass: 10, seed: 6 })), codePoints(ten));
    const among = new Set(codePoints(ten));
    assert.ok(codePoints(emoji({ perClass: 3, seed: 5 })).every((codePoint) => among.has(codePoint)));
    const symbols = codePoints(emoji({ perClass: 10, seed: 5, groups: ['Symbols'] }));
    assert.deepEqual(symbols, codePoints(ten).slice(60, 70));
  });

  it('gathers pictures [b, size, size, 3] in 0 … 1 and labels, through a transform', () => {
    const plain = emoji();
    const [x, y] = plain.gather([700, 3]);
    assert.deepEqual([x.shape, x.dtype, y.dtype], [[2, SIZE, SIZE, 3], 'float32', 'int32']);
    const bytes = SIZE * SIZE * 3;
    const expected = [700, 3].flatMap((i) => [...plain.pixels.subarray(i * bytes, (i + 1) * bytes)]);
    assert.deepEqual(
      [...x.dataSync()],
      expected.map((byte) => Math.fround(byte / 255)),
    );
    assert.deepEqual([...y.dataSync()], [plain.labels[700], plain.labels[3]]);
    const turned = emoji({ transform: { forward: (images) => tf.sub(1, images) } });
    assert.deepEqual([plain.fixed, turned.fixed], [true, false]);
    const [inverse] = turned.gather([700, 3]);
    assertClose(inverse.dataSync(), tf.sub(1, x).dataSync(), 1e-6);
  });

  it('says who drew and what is allowed, in the language of the screen', () => {
    const options = { projects: ['twemoji', 'openmoji'], groups: ['Activities'] } as const;
    const [first, second] = emoji(options).licences;
    assert.deepEqual([first?.licence, second?.licence], ['CC-BY-4.0', 'CC-BY-SA-4.0']);
    assert.match(
      second?.notice ?? '',
      /^Emoji: OpenMoji by OpenMoji .* licence CC BY-SA 4\.0 .* drawn at 8 × 8/,
    );
    process.env.TSDL_LANG = 'zh';
    const notice = emoji(options).licences[0]?.notice ?? '';
    assert.match(notice, /^表情图：Twitter Emoji，作者 Twitter.*许可 CC BY 4\.0/);
    // what follows an address up to the next space would become part of the link
    assert.doesNotMatch(notice, /https:[!-~]*[^ -~\n]/);
  });

  it('refuses what cannot be', () => {
    const cases: [EmojiOptions | object, RegExp][] = [
      [{ projects: ['apple'] }, /expected projects out of noto, twemoji, .* each once, got \[apple\]/],
      [{ projects: [] }, /expected projects .* got \[\]/],
      [{ projects: ['noto', 'noto'] }, /got \[noto, noto\]/],
      [{ groups: ['Animals'] }, /expected groups out of Activities, Animals & Nature, .* got \[Animals\]/],
      [{ size: 7 }, /a size of 8 to 512 pixels, got 7/],
      [{ size: 513 }, /got 513/],
      [{ size: 64.5 }, /got 64\.5/],
      [{ perClass: 0 }, /perClass of 1 or more, got 0/],
      [{ perClass: 86 }, /perClass of at most 85, all there are of Activities, got 86/],
    ];
    for (const [options, expected] of cases)
      assert.throws(() => emoji(options), { name: 'RangeError', message: expected });
  });

  it('says what to do where the drawings are not installed', () =>
    assert.throws(
      () => readPackage('@iconify-json/missing', 'chars.json'),
      /expected the npm package @iconify-json\/missing, got none; npm run setup installs it/,
    ));
});
