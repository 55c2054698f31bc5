import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { handout, parseHandoutOptions, sectionsOf } from '../../src/cli/handout';
import type { Chapter } from '../../src/cli/handout/chapters';
import { documentHtml } from '../../src/cli/handout/document';
import { anchorPages, findBrowser, printPdf } from '../../src/cli/handout/pdf';
import { COURSE, courseNotebook, notebookNames, NOTEBOOKS } from '../../src/cli/run/course';
import { cellText, type Notebook, type NotebookCell } from '../../src/cli/run/notebook';
import { PROJECT } from '../../src/engine/backend/paths';

const md = (source: string, ...tags: string[]): NotebookCell => ({
  cell_type: 'markdown',
  metadata: { tags },
  source,
});
const code = (
  source: string,
  tags: string[] = [],
  outputs: Record<string, unknown>[] = [],
): NotebookCell => ({
  cell_type: 'code',
  metadata: { tags },
  source,
  outputs,
});
const stream = (text: string) => ({ output_type: 'stream', name: 'stdout', text });
const small: Notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [
    md('# 神经网络基础\n\n见 [05](05-cnn.ipynb) 与 [源文件](../src/models/mlp.ts)。'),
    md('## 一个公式\n\n行内 $x_1$，单独一行 $$y = \\sigma(x)$$\n\n![感知机](images/03-perceptron.svg)'),
    code('const x = "$5 and $6"; // 注释', [], [stream('\u001b[32m输出: 0.4323\u001b[0m\n')]),
    code(
      'show(c)',
      [],
      [
        {
          output_type: 'display_data',
          data: { 'image/svg+xml': '<svg><g id="a" clip-path="url(#a)"/></svg>' },
        },
      ],
    ),
    code('bound.below(1, 2)', ['bound']),
    code('your turn', ['exercise']),
    code('check.close(1, 1)', ['check'], [stream('✓ 通过')]),
    md('答案：秘诀', 'solution'),
    code('the secret', ['solution']),
  ],
};
const html = (edition: 'student' | 'solution') =>
  documentHtml(sectionsOf([{ name: '03-neural-networks', notebook: small }], edition), { edition });

/** Everything in a page that a browser would fetch or follow to another place. */
function externalAddresses(page: string): string[] {
  const attributes = [...page.matchAll(/(?:src|href|srcset|data|action|poster)="([^"]*)"/g)].map(
    ([, url = '']) => url,
  );
  const styles = [...page.matchAll(/url\(\s*["']?([^)"']+)/g)].map(([, url = '']) => url);
  return [
    ...attributes,
    ...styles,
    ...(/@import|<script|<link|<iframe/.test(page) ? ['element'] : []),
  ].filter((url) => !/^(data:|#)/.test(url));
}

describe('documentHtml', () => {
  it('needs nothing from outside', () => {
    assert.deepEqual(externalAddresses(html('solution')), []);
    assert.deepEqual(
      externalAddresses('<img src="http://x/a.png">'),
      ['http://x/a.png'],
      'the test itself sees',
    );
  });

  it('sets formulas and leaves dollars in code alone', () => {
    const page = html('solution');
    assert.equal(page.match(/class="katex"/g)?.length, 2);
    assert.equal(page.match(/class="katex-display"/g)?.length, 1);
    assert.ok(page.includes('$5 and $6'));
  });

  it('inlines pictures and charts, each with ids of its own', () => {
    const page = html('solution');
    assert.ok(page.includes('<title>感知机</title>'));
    assert.match(page, /<g id="(c\d+-a)" clip-path="url\(#\1\)"/);
  });

  it('shows printed output without the colour codes of a terminal', () => {
    assert.ok(html('solution').includes('<pre class="output brief">输出: 0.4323</pre>'));
  });

  it('gives Chinese signs two columns in printed tables, whose columns then stand below each other', () => {
    const printed = code('show(table(rows))', [], [stream('选手  准确率\n────  ──────\nCNN    96.5%\n')]);
    const page = documentHtml(
      sectionsOf([{ name: '02-setup', notebook: { ...small, cells: [printed] } }], 'solution'),
      { edition: 'solution' },
    );
    assert.ok(page.includes('<span class="wide">选手</span>  <span class="wide">准确率</span>\n────'));
    assert.match(page, /pre \.wide \{ letter-spacing: calc\(2ch - 1em\)/);
  });

  it('does not show where the project lies', () => {
    const printed = code('root', [], [stream(`kernel: ${PROJECT}/bin/kernel.js\n`)]);
    const page = documentHtml(
      sectionsOf([{ name: '02-setup', notebook: { ...small, cells: [printed] } }], 'student'),
      {
        edition: 'student',
      },
    );
    assert.ok(page.includes('kernel: ./bin/kernel.js'));
  });

  it('keeps links inside the document and turns others into text', () => {
    const both = sectionsOf(
      [
        { name: '03-neural-networks', notebook: small },
        { name: '05-cnn', notebook: { ...small, cells: [md('# CNN')] } },
      ],
      'student',
    );
    const page = documentHtml(both, { edition: 'student' });
    assert.ok(page.includes('<a href="#05-cnn">05</a>'));
    assert.ok(page.includes('与 源文件。'));
    assert.ok(html('student').includes('见 05 与'));
  });

  it('leaves solutions and their outputs out of the student edition, with room to write instead', () => {
    const student = html('student');
    for (const secret of ['the secret', '秘诀', '✓ 通过']) {
      assert.ok(!student.includes(secret), secret);
      assert.ok(html('solution').includes(secret), secret);
    }
    assert.ok(student.includes('<div class="room">') && !/class="room"|bound\.below/.test(html('solution')));
    assert.ok(student.replace(/<[^>]+>/g, '').includes('check.close'), 'the self-check stays');
  });

  it('says which sections were not executed, on the cover and where they begin, and that it is an excerpt', () => {
    const stale = {
      name: '03-neural-networks',
      notebook: small,
      stale: { zh: '执行之后改过', en: 'it was changed after its run' },
    };
    const page = documentHtml(sectionsOf([stale], 'student'), { edition: 'student', excerpt: true });
    assert.ok(page.includes('节选，1 节') && page.includes('输出是以前保存的：03-neural-networks。'));
    assert.match(page, /<h1 id="03-neural-networks">神经网络基础<\/h1>\n<p class="stale">[^<]*执行之后改过/);
    assert.ok(!/以前保存|节选/.test(html('student')));
  });

  it('lists every section and part, with page numbers once they are known', () => {
    const sections = sectionsOf([{ name: '03-neural-networks', notebook: small }], 'student');
    const page = documentHtml(sections, {
      edition: 'student',
      pages: new Map([['03-neural-networks-s1', 7]]),
    });
    assert.ok(page.includes('data-page="7"><a href="#03-neural-networks-s1">一个公式</a>'));
  });
});

/** The course's notebooks as they are committed. */
const course: readonly Chapter[] = COURSE.map((name) => ({ name, notebook: courseNotebook(name) }));

describe('the course’s own notebooks', () => {
  it('all become sections without external addresses, solutions only in their edition', () => {
    const page = documentHtml(sectionsOf(course, 'student'), { edition: 'student' });
    assert.deepEqual(externalAddresses(page), []);
    const solutions = course.flatMap(({ notebook: { cells } }) =>
      cells.filter((c) => c.metadata.tags?.includes('solution')),
    );
    assert.ok(solutions.length > 0);
    const full = documentHtml(sectionsOf(course, 'solution'), { edition: 'solution' });
    assert.equal(
      full.match(/class="code solution"/g)?.length,
      solutions.filter((c) => c.cell_type === 'code').length,
    );
    assert.ok(!page.includes('class="code solution"'));
  });
});

describe('handout', () => {
  it('says which editions and formats there are', () => {
    assert.throws(
      () => parseHandoutOptions(['--edition', 'teacher']),
      /expected --edition student or solution, got teacher/,
    );
    assert.throws(() => notebookNames(NOTEBOOKS, ['03', '99']), /expected 99 in .*got \[01-introduction/);
  });

  it('knows a notebook of a folder by its path, and follows the links between folders', () => {
    const at = (name: string, text: string): Chapter => ({
      name,
      notebook: { ...small, cells: [{ cell_type: 'markdown', metadata: {}, source: text }] },
    });
    const [map, gpt] = sectionsOf(
      [
        at('11-summary', '# 图\n\n[GPT](11-summary/04-gpt.ipynb)'),
        at('11-summary/04-gpt', '# GPT\n\n## 数\n\n[图](../11-summary.ipynb) [译](06-translation.ipynb)'),
      ],
      'student',
    );
    assert.ok(map?.html.includes('<a href="#11-summary-04-gpt">GPT</a>'));
    assert.match(gpt?.html ?? '', /<h1 id="11-summary-04-gpt">[\s\S]*<a href="#11-summary">图<\/a> 译/);
    assert.deepEqual(gpt?.parts, [{ id: '11-summary-04-gpt-s1', title: '数' }]);
  });

  it('writes the HTML of the edition asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
    try {
      const metadata = { tsdl: { outcome: 'passed' } };
      writeFileSync(join(folder, '03-small.ipynb'), JSON.stringify({ ...small, metadata }));
      const argv = ['--from', folder, '--out', folder, '--format', 'html', '--edition', 'student'];
      assert.equal(await handout(argv), 0);
      assert.ok(readFileSync(join(folder, 'handout-student.html'), 'utf8').includes('神经网络基础'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names what to install when there is no browser', () => {
    assert.throws(() => findBrowser({ PATH: '' }), /Chromium 或 Chrome[\s\S]*--format html/);
  });
});

function installed(command: string, ...argv: string[]): boolean {
  try {
    execFileSync(command, argv, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether fontconfig knows of no Chinese font, which the doctor says, too. */
function lacksChinese(): boolean {
  try {
    return execFileSync('fc-list', [':lang=zh', 'family'], { encoding: 'utf8' }).trim() === '';
  } catch {
    return false; // no fontconfig, as on macOS: the system brings such fonts
  }
}

describe('printPdf', function () {
  this.timeout(60_000);

  before(function () {
    try {
      findBrowser();
    } catch {
      console.log('      no Chromium or Chrome here');
      this.skip();
    }
    if (lacksChinese()) {
      console.log('      no Chinese font here');
      this.skip();
    }
  });

  it('embeds Chinese text and tells the page of every heading', function () {
    const pdf = printPdf(findBrowser(), html('student'));
    assert.ok(pdf.subarray(0, 5).toString() === '%PDF-');
    const pages = anchorPages(pdf);
    assert.equal(pages.get('03-neural-networks'), 3, 'after cover and contents');
    assert.equal(pages.get('03-neural-networks-s1'), 3);
    assert.match(pdf.toString('latin1'), /\/FontFile[23]? /);
    if (!installed('pdftotext', '-v')) return;
    const text = execFileSync('pdftotext', ['-', '-'], { input: pdf, encoding: 'utf8' });
    for (const words of ['神经网络基础', '一个公式', '目录', '学生版'])
      assert.ok(text.includes(words), words);
    assert.ok(!text.includes('秘诀'));
  });

  it('prints every title of the course, and none of its solutions for students', function () {
    if (!installed('pdftotext', '-v')) return this.skip();
    const sections = sectionsOf(course, 'student');
    const pdf = printPdf(findBrowser(), documentHtml(sections, { edition: 'student' }));
    const bare = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '');
    const printed = bare(execFileSync('pdftotext', ['-raw', '-', '-'], { input: pdf, encoding: 'utf8' }));
    const titles = sections.flatMap(({ title, parts }) => [title, ...parts.map((part) => part.title)]);
    const missing = titles.filter((title) => !printed.includes(bare(title.replace(/&\w+;/g, ''))));
    assert.deepEqual(missing, []);
    const shown = course.flatMap(({ notebook: { cells } }) =>
      cells.filter((cell) => !cell.metadata.tags?.includes('solution')).map((cell) => bare(cellText(cell))),
    );
    const given = course
      .flatMap(({ notebook: { cells } }) => cells.filter((cell) => cell.metadata.tags?.includes('solution')))
      .flatMap((cell) => cellText(cell).split('\n').map(bare))
      .filter((line) => line.length > 30 && !shown.some((text) => text.includes(line)));
    assert.ok(given.length > course.length, 'there are solutions to look for');
    assert.deepEqual(
      given.filter((line) => printed.includes(line)),
      [],
    );
  });
});
