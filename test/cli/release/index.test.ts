import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { parseReleaseOptions, release } from '../../../src/cli/release';
import { COURSE, courseNotebook as course } from '../../../src/cli/run/course';
import { cellText, hasTag, type Notebook, parseNotebook } from '../../../src/cli/run/notebook';

/** The course alone: there may be notebooks of the reader's own beside it. */
const ALL = ['--only', COURSE.join(',')];
const tagged = ({ cells }: Notebook, tag: string) => cells.filter((cell) => hasTag(cell, tag));

describe('tsdl release', () => {
  let dir = '';
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tsdl-release-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const released = (...path: string[]): Notebook =>
    parseNotebook(readFileSync(join(dir, 'out', ...path), 'utf8'), path.at(-1) ?? '');

  /** Runs the command without its lines on screen. */
  const make = async (...argv: string[]): Promise<string> => {
    const { log } = console;
    const said: string[] = [];
    console.log = (text: string) => void said.push(text);
    try {
      assert.equal(await release(['--out', join(dir, 'out'), ...argv]), 0);
    } finally {
      console.log = log;
    }
    return said.join('\n');
  };

  it('gives students every exercise and check, no solution, no output, the kernel they have', async () => {
    const said = await make(...ALL, '--kernel', 'typescript-class');
    assert.match(said, new RegExp(`${COURSE.length} 本`));
    for (const name of COURSE) {
      const [student, own] = [released(`${name}.ipynb`), course(name)];
      assert.deepEqual(tagged(student, 'solution'), []);
      for (const tag of ['exercise', 'check']) {
        assert.deepEqual(
          tagged(student, tag).map(cellText),
          tagged(own, tag).map(cellText),
          `${name}: ${tag}`,
        );
      }
      assert.ok(tagged(student, 'check').every((cell) => hasTag(cell, 'raises-exception')));
      assert.deepEqual(Object.keys(student.metadata), ['kernelspec', 'language_info']);
      assert.deepEqual(student.metadata.kernelspec, {
        display_name: 'TypeScript (tsdl)',
        language: 'typescript',
        name: 'typescript-class',
      });
      for (const cell of student.cells) {
        assert.deepEqual(
          Object.keys(cell.metadata).filter((key) => key !== 'tags'),
          [],
        );
        if (cell.cell_type === 'code') assert.deepEqual([cell.outputs, cell.execution_count], [[], null]);
      }
    }
  });

  it('leaves no line of a solution anywhere in the files', async () => {
    await make(...ALL);
    const solved = COURSE.filter((name) => tagged(course(name), 'solution').length > 0);
    assert.deepEqual(
      COURSE.filter((name) => !solved.includes(name)),
      ['11-summary'],
      'the map has its exercises in its folder',
    );
    for (const name of solved) {
      const own = course(name);
      const shown = own.cells.filter((cell) => !hasTag(cell, 'solution')).map(cellText);
      const secret = tagged(own, 'solution')
        .flatMap((cell) =>
          cellText(cell)
            .split('\n')
            .map((line) => line.trim()),
        )
        .filter((line) => line.length > 20 && !shown.some((text) => text.includes(line)));
      const file = readFileSync(join(dir, 'out', `${name}.ipynb`), 'utf8');
      assert.ok(secret.length > 0, name);
      const given = secret.filter((line) => file.includes(JSON.stringify(line).slice(1, -1)));
      assert.deepEqual(given, [], name);
    }
  });

  it('brings the pictures, and links to nothing that students do not have', async () => {
    await make('--only', '03,05,11-summary/04');
    assert.ok(existsSync(join(dir, 'out', 'images', '03-perceptron.svg')));
    assert.ok(existsSync(join(dir, 'out', '11-summary', 'images', '04-gpt.svg')));
    for (const name of ['03-neural-networks', '05-cnn', '11-summary/04-gpt']) {
      const prose = released(`${name}.ipynb`).cells.filter((cell) => cell.cell_type === 'markdown');
      const targets = prose.flatMap((cell) =>
        [...cellText(cell).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to ?? ''),
      );
      const broken = targets.filter(
        (to) => !/^https?:/.test(to) && !existsSync(join(dir, 'out', dirname(name), to)),
      );
      assert.deepEqual(broken, []);
    }
    const [header] = released('05-cnn.ipynb').cells;
    assert.ok(header && cellText(header).includes('](03-neural-networks.ipynb)'), 'the other one is there');
  });

  it('makes an nbgrader course: answers, locked tests with points, nothing else marked', async () => {
    await make('--nbgrader', '--only', '03', '--points', '2');
    assert.match(
      readFileSync(join(dir, 'out', 'nbgrader_config.py'), 'utf8'),
      /c\.ClearSolutions\.code_stub = /,
    );
    const source = released('source', '03-neural-networks', '03-neural-networks.ipynb');
    const marks = source.cells
      .map(({ metadata }) => metadata.nbgrader as Record<string, unknown> | undefined)
      .filter((mark) => mark !== undefined);
    const own = course('03-neural-networks');
    const exercises = tagged(own, 'exercise');
    assert.equal(marks.length, 2 * exercises.length);
    assert.equal(new Set(marks.map((mark) => mark.grade_id)).size, marks.length);
    marks.forEach((mark, i) => {
      const { solution, grade, locked, points } = mark;
      const expected = i % 2 === 0 ? [true, false, false, undefined] : [false, true, true, 2];
      assert.deepEqual([solution, grade, locked, points], expected);
    });
    assert.ok(existsSync(join(dir, 'out', 'source', '03-neural-networks', 'images', '03-mlp.svg')));
    await make('--nbgrader', '--only', '11-summary/04');
    assert.ok(existsSync(join(dir, 'out', 'source', '11-summary-04-gpt', '04-gpt.ipynb')));
    assert.ok(existsSync(join(dir, 'out', 'source', '11-summary-04-gpt', 'images', '04-gpt.svg')));
  });

  it('leaves of each answer cell just the exercise once nbgrader has taken out what is marked', async () => {
    await make('--nbgrader', ...ALL);
    for (const name of COURSE) {
      const source = released('source', name.replace('/', '-'), `${basename(name)}.ipynb`);
      assert.deepEqual(tagged(source, 'solution'), [], 'solutions lie between the marks and nowhere else');
      const left = tagged(source, 'exercise').map((cell) =>
        cellText(cell)
          .replace(/\/\/ BEGIN SOLUTION\n[\s\S]*?\/\/ END SOLUTION/g, '')
          .trim(),
      );
      assert.deepEqual(
        left,
        tagged(course(name), 'exercise').map((cell) => cellText(cell).trim()),
      );
      const full = tagged(source, 'exercise').map(cellText);
      const solutions = tagged(course(name), 'solution').filter((cell) => cell.cell_type === 'code');
      solutions.forEach((cell, i) =>
        assert.ok(full[i]?.includes(cellText(cell)), `${name}: solution ${i + 1}`),
      );
    }
  });

  it('keeps the lecturer’s nbgrader_config.py', async () => {
    await make('--nbgrader', '--only', '02');
    const config = join(dir, 'out', 'nbgrader_config.py');
    writeFileSync(config, '# mine');
    assert.match(await make('--nbgrader', '--only', '02'), /nbgrader_config\.py 已经有了，没有改动/);
    assert.equal(readFileSync(config, 'utf8'), '# mine');
  });

  it('refuses what it cannot do with a sentence, and writes nothing then', async () => {
    const refused: [string[], RegExp][] = [
      [['--only', '03,99'], /不能发布：.*expected 99/],
      [['--kernel', 'a b'], /内核名称只能用.*"a b"/],
      [['--nbgrader', '--points', 'two'], /--points 要大于 0 的数，收到 "two"/],
      [['--points', '2'], /--points 要和 --nbgrader 一起用/],
    ];
    for (const [argv, words] of refused) {
      const failed = async () => release(['--out', join(dir, 'out'), ...argv]);
      await assert.rejects(failed, { name: 'Fault', message: words });
    }
    assert.throws(() => parseReleaseOptions(['--out', '']), /--out 后面缺少文件夹/);
    assert.throws(() => parseReleaseOptions(['--format', 'x']), { code: /ERR_PARSE_ARGS/ });
    assert.deepEqual(readdirSync(dir), []);
  });
});
