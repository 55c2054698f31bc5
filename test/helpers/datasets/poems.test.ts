import assert from 'node:assert/strict';

import {
  hasForm,
  parsePoems,
  POEM_FORMS,
  type PoemForm,
  poems,
  quatrains,
} from '../../../src/helpers/datasets/poems';

const { train, valid } = poems();
const all = [...train, ...valid];
const count = (form: PoemForm) => all.filter((poem) => poem.form === form).length;

describe('poems()', () => {
  it('holds poems of all four forms and over 15,000 characters', () => {
    assert.deepEqual((Object.keys(POEM_FORMS) as PoemForm[]).map(count), [90, 148, 90, 60]);
    const characters = all.reduce((sum, { text }) => sum + text.length, 0);
    assert.ok(characters > 15000, String(characters));
  });

  it('has lines of five or seven characters by form, and nothing but Chinese characters, ，and 。', () => {
    for (const { text, form, title } of all) {
      assert.ok(hasForm(text, form), title);
      assert.match(text, /^[\p{Script=Han}，。]+$/u);
    }
  });

  it('names each poem and its author in Chinese characters', () => {
    for (const { title, author } of all) {
      assert.match(title, /^\p{Script=Han}{1,16}$/u);
      assert.match(author, /^\p{Script=Han}{2,4}$/u);
    }
  });

  it('repeats no poem and no line, within a part or between parts', () => {
    const lines = all.flatMap(({ text }) => text.split(/[，。]/).filter(Boolean));
    const seen = new Map<string, number>();
    for (const line of lines) seen.set(line, (seen.get(line) ?? 0) + 1);
    assert.deepEqual(
      [...seen].filter(([, times]) => times > 1).map(([line]) => line),
      [],
    );
    assert.equal(
      new Set(all.map(({ form, title, author }) => `${form} ${title} ${author}`)).size,
      all.length,
    );
  });

  it('has a fixed split, a tenth of each form held out', () => {
    assert.deepEqual([train.length, valid.length], [349, 39]);
    for (const form of Object.keys(POEM_FORMS) as PoemForm[]) {
      const held = valid.filter((poem) => poem.form === form).length;
      assert.equal(held, Math.round(count(form) / 10), form);
    }
    assert.equal(valid[0]?.title, poems().valid[0]?.title);
  });

  it('has poems that everybody knows, to the letter', () => {
    const text = (title: string) => all.find((poem) => poem.title === title)?.text;
    assert.equal(text('静夜思'), '床前明月光，疑是地上霜。举头望明月，低头思故乡。');
    assert.equal(text('登鹳雀楼'), '白日依山尽，黄河入海流。欲穷千里目，更上一层楼。');
  });
});

describe('hasForm()', () => {
  it('tells the forms apart', () => {
    const text = '床前明月光，疑是地上霜。举头望明月，低头思故乡。';
    assert.equal(hasForm(text, '五绝'), true);
    assert.equal(hasForm(text, '七绝'), false);
    assert.equal(hasForm(text.repeat(2), '五律'), true);
    assert.equal(hasForm(text.replace('。', '，'), '五绝'), false);
    assert.equal(hasForm(`${text}\n`, '五绝'), false);
  });
});

describe('parsePoems()', () => {
  it('names the poem that has a line too short, or no author', () => {
    const wrong = '春晓 孟浩然\n春眠不觉晓，处处闻鸟。夜来风雨声，花落知多少。';
    assert.throws(() => parsePoems(wrong, '五绝'), {
      name: 'SyntaxError',
      message:
        /^Cannot read poem "春晓 孟浩然": expected a title, an author and 4 lines of 5 characters, got "春眠/,
    });
    assert.throws(
      () => parsePoems('春晓\n春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。', '五绝'),
      SyntaxError,
    );
  });
});

describe('quatrains()', () => {
  it('keeps quatrains whole and halves regulated verse', () => {
    const pieces = quatrains(train);
    const halves = train.filter(({ form }) => POEM_FORMS[form].lines === 8).length;
    assert.equal(pieces.length, train.length + halves);
    assert.equal(pieces.join(''), train.map(({ text }) => text).join(''));
    for (const piece of pieces) assert.ok(hasForm(piece, '五绝') || hasForm(piece, '七绝'), piece);
  });
});
