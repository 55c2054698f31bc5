import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

import MarkdownIt from 'markdown-it';
import ts from 'typescript';

import { COURSE, NOTEBOOKS, notebooksIn } from '../../../src/cli/run/course';
import { cellText, formatNotebook, type Notebook, type NotebookCell } from '../../../src/cli/run/notebook';

/** The map: what it speaks of, its exercises too, stands in the notebooks of its folder. */
const MAP = '11-summary';
const MAX_LINES = 25;
/** Most cells of a notebook that `isPart` of chapter 11. */
const MOST_CELLS = 40;
const isPart = (name: string) => name.startsWith(`${MAP}/`);

const present = notebooksIn(NOTEBOOKS);
const textOf = (name: string) => readFileSync(join(NOTEBOOKS, `${name}.ipynb`), 'utf8');
const read = (name: string) => JSON.parse(textOf(name)) as Notebook;
const isCode = (cell: NotebookCell) => cell.cell_type === 'code';
const hasTag = (cell: NotebookCell | undefined, tag: string) => cell?.metadata.tags?.includes(tag) === true;
const lines = (cell: NotebookCell) => cellText(cell).split('\n').length;
/** Markdown without fenced code, inline code and formulas. */
const prose = (cell: NotebookCell) =>
  cellText(cell)
    .replace(/```[\s\S]*?```/g, '')
    .replace(/\$\$[\s\S]*?\$\$/g, '')
    .replace(/`[^`]*`|\$[^$\n]*\$/g, '');
const parse = (cell: NotebookCell) =>
  ts.createSourceFile('cell.ts', cellText(cell), ts.ScriptTarget.ESNext, true);

/** A row of TERMS.md: the word to use, its English, what it means, the notebook that explains it, words to avoid. */
const TERMS = readFileSync(join(NOTEBOOKS, 'TERMS.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((field) => field.trim()))
  .map(([, use = '', english = '', meaning = '', where = '', avoid = '']) => ({
    use,
    english,
    meaning,
    where,
    avoid,
  }));

/** Words that TERMS.md tells us not to use, each with the word to use. */
const bannedWords = (): [string, string][] =>
  TERMS.flatMap(({ use, avoid }) =>
    avoid
      .split('、')
      .filter(Boolean)
      .map((word): [string, string] => [word, use]),
  );

/** The first of the texts that introduces a term, in bold or with its English in brackets; else the first that has it. */
function introducedIn(texts: readonly (readonly [string, string])[], use: string, english: string): string {
  const [word = ''] = use.split(/[、（]/);
  const [first = ''] = english.split(',');
  const named = new RegExp(`${word}\\**（${first}[）s，]`, 'i');
  const inBold = (text: string): boolean =>
    text.split('\n').some((line) => line.split('**').some((part, i) => i % 2 === 1 && part.includes(word)));
  const found =
    texts.find(([, text]) => named.test(text) || inBold(text)) ??
    texts.find(([, text]) => text.includes(word));
  return found?.[0] ?? 'nowhere';
}

/** Relative link targets in a markdown cell, images included. */
function links(cell: NotebookCell): string[] {
  const found = [
    ...cellText(cell)
      .replace(/```[\s\S]*?```/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ];
  return found.map(([, target = '']) => target).filter((target) => !/^(https?:|#)/.test(target));
}

/** Names that a cell declares for the cells after it. */
function declared(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) =>
        ts.isIdentifier(name)
          ? [name.text]
          : name.elements.flatMap((e) => ('name' in e ? [e.name.getText()] : [])),
      );
    }
    const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
    return named && statement.name ? [statement.name.text] : [];
  });
}

function shorthands(node: ts.Node): string[] {
  const own = ts.isShorthandPropertyAssignment(node) ? [node.name.text] : [];
  const below: string[] = [];
  ts.forEachChild(node, (child) => void below.push(...shorthands(child)));
  return [...own, ...below];
}

/** All that a notebook's committed outputs print. */
const printed = (name: string): string =>
  read(name)
    .cells.flatMap(({ outputs = [] }) => outputs)
    .flatMap((output) => [output.text, (output.data as Record<string, unknown> | undefined)?.['text/plain']])
    .flat()
    .join('');

const own = present.filter((name) => !COURSE.includes(name));

describe('the course', () => {
  before(() => own.length > 0 && console.log(`      the reader’s own, held to nothing: ${own.join(', ')}`));

  it(`is these ${COURSE.length} notebooks, each held to what follows: ${COURSE.join(', ')}`, () =>
    assert.deepEqual(
      COURSE.filter((name) => !present.includes(name)),
      [],
    ));

  it('says on its map only what the notebooks printed', () => {
    const doors = read(MAP)
      .cells.map(cellText)
      .filter((text) => text.includes('**结果**'));
    assert.equal(doors.length, COURSE.filter(isPart).length);
    for (const door of doors) {
      const name = /\]\((11-summary\/[\w-]+)\.ipynb\)/.exec(door)?.[1] ?? '';
      const figures = [...door.matchAll(/`([^`]+)`/g)].map(([, figure = '']) => figure);
      assert.ok(figures.length > 0, name);
      const missing = figures.filter((figure) => !printed(name).includes(figure));
      assert.deepEqual(missing, [], name);
    }
  });

  it('knows words to avoid', () => assert.ok(bannedWords().length > 30));

  it('says in the map what each notebook needs, as its header does', () => {
    const map = readFileSync(join(NOTEBOOKS, 'README.md'), 'utf8');
    const [, needs = ''] = map.split('## 先读哪个');
    for (const name of COURSE.filter((one) => !one.includes('/'))) {
      const [, row = ''] = new RegExp(`^\\| ${name.slice(0, 2)} +\\|([^|]*)\\|`, 'm').exec(needs) ?? [];
      const [, header = ''] = /^\| 需要 \|(.*)$/m.exec(read(name).cells.map(cellText).join('\n')) ?? [];
      const linked = [...header.matchAll(/\((\d\d)-[\w-]+\.ipynb\)/g)].map(([, number]) => number);
      assert.equal(row.trim(), linked.join('、'), name);
    }
  });

  it('explains each word of TERMS.md, and where that says', () => {
    const texts = COURSE.map((name) => {
      const cells = read(name).cells.filter((cell) => !isCode(cell));
      return [`[${name.slice(0, 2)}](${name}.ipynb)`, cells.map(prose).join('\n')] as const;
    });
    assert.deepEqual(
      TERMS.map(({ use, where }) => [use, where]),
      TERMS.map(({ use, english }) => [use, introducedIn(texts, use, english)]),
    );
    assert.deepEqual(
      TERMS.filter(({ meaning }) => meaning.length < 4),
      [],
    );
  });
});

for (const name of COURSE) {
  describe(`notebook ${name}`, () => {
    const { cells, metadata } = read(name);
    const code = cells.filter(isCode);

    it('has the form that npm run format writes', () =>
      assert.equal(textOf(name), formatNotebook(textOf(name), posix.basename(name))));

    it('names the kernel tslab', () =>
      assert.deepEqual((metadata.kernelspec as { name: string }).name, 'tslab'));

    it('has prose before every code cell, but for self-checks, which the exercise tells, and folded bounds', () => {
      const told = (cell: NotebookCell, before?: NotebookCell) =>
        before?.cell_type === 'markdown' ||
        (hasTag(cell, 'check') && hasTag(before, 'exercise')) ||
        hasTag(cell, 'bound');
      const bare = cells.filter((cell, i) => isCode(cell) && !told(cell, cells[i - 1]));
      assert.deepEqual(
        bare.map((cell) => cell.id),
        [],
      );
    });

    it('folds the limits that are for the runner', () => {
      const limits = code.filter((cell) => hasTag(cell, 'bound'));
      assert.ok(limits.every(({ metadata: { jupyter } }) => jupyter?.source_hidden === true));
    });

    if (isPart(name))
      it(`has at most ${MOST_CELLS} cells`, () => assert.ok(cells.length <= MOST_CELLS, `${cells.length}`));

    it(`has cells of one idea: at most ${MAX_LINES} lines, in the median 3 to 7`, () => {
      const sizes = code.map(lines).sort((a, b) => a - b);
      const median = sizes[sizes.length >> 1] ?? 0;
      assert.ok((sizes.at(-1) ?? 0) <= MAX_LINES, `longest cell: ${sizes.at(-1)} lines`);
      assert.ok(median >= 3 && median <= 7, `median ${median}`);
    });

    it('starts with imports only, then seed and profile', () => {
      const [first, second] = code;
      assert.ok(first && second);
      assert.ok(parse(first).statements.every(ts.isImportDeclaration), 'first code cell');
      assert.match(cellText(second), /const SEED = \d+/);
      assert.match(cellText(second), /TSDL_PROFILE/);
      assert.match(cellText(second), /console\.log\(/, 'the profile is said on screen');
    });

    it('imports nothing later, and all names of a module only as tf and nn', () => {
      const later = code.slice(1).filter((cell) => parse(cell).statements.some(ts.isImportDeclaration));
      assert.deepEqual(
        later.map((cell) => cell.id),
        [],
      );
      const stars = code.flatMap((cell) =>
        [...cellText(cell).matchAll(/import \* as (\w+)/g)].map(([, as]) => as),
      );
      assert.deepEqual(
        stars.filter((as) => as !== 'tf' && as !== 'nn'),
        [],
      );
    });

    it('uses no shorthand property for a name of another cell', () => {
      const names = new Set(code.flatMap((cell) => declared(parse(cell))));
      const found = code.flatMap((cell) => shorthands(parse(cell)).filter((short) => names.has(short)));
      assert.deepEqual(found, []);
    });

    it('uses the words of TERMS.md', () => {
      const text = cells.filter((cell) => !isCode(cell)).map(prose);
      const found = bannedWords().filter(([word]) => text.some((t) => t.includes(word)));
      assert.deepEqual(
        found.map(([word, use]) => `${word} → ${use}`),
        [],
      );
    });

    it('has no bold that stays open: after a bracket, as in （word）**, a blank or a sign has to follow', () => {
      const page = new MarkdownIt({ html: true });
      const rendered = (cell: NotebookCell) =>
        page.render(cellText(cell).replace(/\$[^$\n]*\$/g, 'x')).replace(/<(code|pre)\b[\s\S]*?<\/\1>/g, '');
      const texts = cells.filter((cell) => !isCode(cell)).map(rendered);
      assert.deepEqual(
        texts.flatMap((text) => text.match(/.{0,20}\*\*.{0,20}/g) ?? []),
        [],
      );
    });

    it('links to files that are there and to notebooks of the course', () => {
      const targets = cells.filter((cell) => !isCode(cell)).flatMap(links);
      const broken = targets.filter((target) => {
        const path = posix.join(posix.dirname(name), target);
        const [, notebook] = /^(\S+)\.ipynb$/.exec(path) ?? [];
        return notebook === undefined ? !existsSync(join(NOTEBOOKS, path)) : !COURSE.includes(notebook);
      });
      assert.ok(targets.length >= 3, 'links to sources and sections');
      assert.deepEqual(broken, []);
    });

    it('has the parts of a section: header, differences, summary, exercises, next, further reading', () => {
      const all = cells
        .filter((cell) => !isCode(cell))
        .map(cellText)
        .join('\n');
      for (const part of [
        /^# /m,
        /读完你会/,
        /\*\*与 PyTorch 的差异\*\*/,
        /^## 小结/m,
        /^## 练习/m,
        /延伸阅读/,
        /!\[/,
      ]) {
        assert.match(all, part);
      }
      assert.match(all, /\$\$/, 'a formula');
      assert.doesNotMatch(all, /\{\{/, 'a place left to fill in');
    });

    it('gives each exercise a self-check and then a solution, three to six exercises in all', () => {
      const exercises = code.filter((cell) => hasTag(cell, 'exercise'));
      const [least, most] = name === MAP ? [0, 0] : [3, 6];
      assert.ok(exercises.length >= least && exercises.length <= most, `${exercises.length} exercises`);
      for (const exercise of exercises) {
        const at = code.indexOf(exercise);
        const [check, solution] = [code[at + 1], code[at + 2]];
        assert.ok(hasTag(check, 'check') && hasTag(solution, 'solution'), `after ${exercise.id}`);
        assert.match(cellText(check ?? exercise), /(check|bound)\.\w+\(/);
        assert.ok(hasTag(check, 'raises-exception'), 'a check that fails does not end 「全部运行」');
        assert.equal(solution?.metadata.jupyter?.source_hidden, true);
        const explained = cells[cells.indexOf(solution ?? exercise) - 1];
        assert.ok(hasTag(explained, 'solution'), 'the words before a solution belong to it');
      }
      assert.equal(code.filter((cell) => hasTag(cell, 'solution')).length, exercises.length);
    });
  });
}
