/** Notebooks of others through every command: nothing is fetched, nothing of them runs in a page, the good ones pass. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { handout } from '../../src/cli/handout';
import { documentHtml } from '../../src/cli/handout/document';
import { findBrowser, printPdf } from '../../src/cli/handout/pdf';
import { sanitized } from '../../src/cli/handout/sanitized';
import { release } from '../../src/cli/release';
import { run } from '../../src/cli/run';
import { enclosed } from '../../src/cli/run/enclosed';
import type { Report } from '../../src/cli/run/report';
import { PROJECT } from '../../src/engine/backend/paths';
import { type HostileNotebook, hostileNotebooks } from '../support/hostile';

const EXAM = JSON.stringify({
  ...{
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python' } },
  },
  cells: [{ cell_type: 'markdown', id: 'a', metadata: {}, source: '# the secret exam' }],
});

/** What else may be handed in under a notebook's name. */
const ODD: Readonly<Record<string, (path: string) => void>> = {
  '90-odd-link': (path) => symlinkSync('../private/exam.ipynb', path),
  '91-odd-nowhere': (path) => symlinkSync('gone', path),
  '92-odd-circle': (path) => symlinkSync(path, path),
  '93-odd-endless': (path) => symlinkSync('/dev/zero', path),
  '94-odd-folder': (path) => mkdirSync(path),
  '95-odd-pipe': (path) => void spawnSync('mkfifo', [path]),
  '96-odd-huge': (path) => {
    writeFileSync(path, '{');
    truncateSync(path, 2 ** 33);
  },
};

describe('forty hostile notebooks', function () {
  this.timeout(300_000);
  let server: Server;
  let asked = 0;
  let dir = '';
  let notebooks: HostileNotebook[] = [];
  const said: string[] = [];

  before(async () => {
    server = createServer((_, response) => {
      asked++;
      response.end();
    }).listen(0, '127.0.0.1');
    await new Promise((ready) => server.once('listening', ready));
    dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
    mkdirSync(join(dir, 'in'));
    writeFileSync(join(dir, 'secret.txt'), 'the secret');
    notebooks = hostileNotebooks(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (const { name, text } of notebooks) writeFileSync(join(dir, 'in', `${name}.ipynb`), text);
    mkdirSync(join(dir, 'private'));
    writeFileSync(join(dir, 'private/exam.ipynb'), EXAM);
    for (const [name, make] of Object.entries(ODD)) make(join(dir, 'in', `${name}.ipynb`));
  });
  after(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  afterEach(() => assert.equal(asked, 0, 'nothing is fetched'));

  async function quietly<T>(work: () => Promise<T>): Promise<T> {
    const { log, error } = console;
    console.log = console.error = (line: string) => void said.push(line);
    try {
      return await work();
    } finally {
      Object.assign(console, { log, error });
    }
  }
  const path = (...parts: string[]) => join(dir, ...parts);

  it('are forty and more', () => assert.ok(notebooks.length >= 40, String(notebooks.length)));

  it('become a handout of the sound ones, in which nothing runs', async () => {
    const argv = ['--from', path('in'), '--out', path('handout'), '--format', 'html'];
    assert.equal(await quietly(() => handout(argv)), 1, 'what is left out is told by the exit code');
    const page = readFileSync(path('handout/handout-solution.html'), 'utf8');
    for (const { name, good } of notebooks)
      assert.equal(page.includes(`data-notebook="${name}"`), good, name);
    assert.doesNotMatch(
      page,
      /<(?:script|iframe|object|embed|form|input|link|base|video|audio|foreignobject)\b/i,
    );
    const names = page.replace(/="[^"]*"/g, '='); // what stands in a value is text
    assert.doesNotMatch(names, /<[^>]*\s(?:on\w+|srcset|formaction)\s*=/i);
    assert.doesNotMatch(page, /(?:src|href)="(?!data:|#)/);
    assert.doesNotMatch(page, /<[^>]*(?:javascript:|file:)/i);
    for (const name of Object.keys(ODD)) assert.ok(!page.includes(`data-notebook="${name}"`), name);
    assert.ok(!page.includes('the secret') && !page.includes(Buffer.from('the secret').toString('base64')));
    assert.match(
      page,
      /<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:;/,
    );
    for (const title of ['first', 'middle', 'last']) assert.match(page, new RegExp(`>${title}</h1>`));
  });

  it('fetch nothing from a page that a browser prints', async function () {
    let browser: string;
    try {
      browser = findBrowser();
    } catch {
      return this.skip(); // no Chromium or Chrome here
    }
    const page = readFileSync(path('handout/handout-solution.html'), 'utf8');
    assert.equal(
      (await quietly(() => Promise.resolve(printPdf(browser, page)))).subarray(0, 5).toString(),
      '%PDF-',
    );
  });

  it('would fetch nothing either if the sanitiser let everything through', function () {
    let browser: string;
    try {
      browser = findBrowser();
    } catch {
      return this.skip();
    }
    const { port } = server.address() as AddressInfo;
    const raw = `<img src="http://127.0.0.1:${port}/x"><script src="http://127.0.0.1:${port}/y"></script>`;
    const section = { id: 'x', title: 'x', html: raw, stale: undefined, parts: [] };
    printPdf(browser, documentHtml([section], { edition: 'student' }));
  });

  it('are released where they are notebooks', async () => {
    const code = await quietly(() => release(['--out', path('release')], path('in')));
    assert.equal(code, 1);
    for (const { name } of notebooks) {
      const there = existsSync(path('release', `${name}.ipynb`));
      assert.equal(there, !name.includes('-malformed-'), name);
    }
    for (const name of Object.keys(ODD)) assert.ok(!existsSync(path('release', `${name}.ipynb`)), name);
    assert.ok(!existsSync(path('release/secret.txt')));
  });

  it('run one by one, each failing alone, and with --write', async function () {
    if (!existsSync(join(PROJECT, '.venv/bin/python'))) return this.skip(); // npm test installs it first
    const odd = Object.keys(ODD).map((name) => ({ name, good: name === '90-odd-link' }));
    const all = [...notebooks, ...odd];
    const files = all.map(({ name }) => path('in', `${name}.ipynb`));
    const before = new Map(notebooks.map(({ name }) => [name, readFileSync(path('in', `${name}.ipynb`))]));
    const around = (): string[] => readdirSync(dir).filter((entry) => entry !== 'out');
    const [entries, write] = [around(), process.stdout.write.bind(process.stdout)];
    process.stdout.write = () => true;
    try {
      assert.equal(await quietly(() => run([...files, '--out', path('out'), '--write'])), 1);
    } finally {
      process.stdout.write = write;
    }
    const report = JSON.parse(readFileSync(path('out/report.json'), 'utf8')) as Report;
    assert.equal(report.notebooks.length, all.length);
    for (const { name, good } of all) {
      const [entry] = report.notebooks.filter(({ notebook }) => notebook === name);
      const passes = good || name.includes('-elsewhere-'); // a kernel does not look at prose
      assert.equal(entry?.status, passes ? 'passed' : 'failed', `${name}: ${JSON.stringify(entry?.error)}`);
      if (!passes) assert.equal(entry?.error?.kind, 'malformed', name);
      const was = before.get(name);
      if (was) assert.equal(readFileSync(path('in', `${name}.ipynb`)).equals(was), !passes, name);
    }
    assert.equal(readFileSync(path('private/exam.ipynb'), 'utf8'), EXAM, 'nothing is written through a link');
    assert.ok(
      said.some((line) => /90-odd-link.*(stays as it was|没有写回).*|没有写回.*90-odd-link/.test(line)),
    );
    assert.deepEqual(around(), entries, 'nor beside');
    assert.deepEqual(readdirSync(path('private')), ['exam.ipynb']);
  });
});

describe('enclosed()', () => {
  it('finds files below a folder alone, behind links and dots, too', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
    try {
      mkdirSync(join(dir, 'course/images'), { recursive: true });
      writeFileSync(join(dir, 'course/images/a.png'), '');
      writeFileSync(join(dir, 'secret'), '');
      symlinkSync('../../secret', join(dir, 'course/images/link.png'));
      symlinkSync('a.png', join(dir, 'course/images/own.png'));
      const below = (path: string) => enclosed(join(dir, 'course'), path) !== undefined;
      for (const path of ['images/a.png', 'images/../images/a.png', 'images/own.png'])
        assert.ok(below(path), path);
      for (const path of [
        '../secret',
        'images/link.png',
        '/etc/passwd',
        'images',
        '',
        'gone',
        '..',
        'a\0b',
      ]) {
        assert.ok(!below(path), path);
      }
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('sanitized()', () => {
  it('keeps what formulas, charts and tables are made of', () => {
    const kept = [
      '<table><thead><tr><th style="text-align:right">a</th></tr></thead></table>',
      '<span class="strut" style="height:2.4em;vertical-align:-0.9em;position:relative"></span>',
      '<svg viewbox="0 0 1 1"><g clip-path="url(#a)"><path d="M0 0" fill="red"></path></g></svg>',
      '<math><semantics><mrow><mi>x</mi></mrow><annotation encoding="application/x-tex">x</annotation></semantics></math>',
      '<a href="#s1">x</a>',
    ];
    for (const html of kept) assert.equal(sanitized(html), html);
  });

  it('takes out of styles and attributes what fetches or covers the page', () => {
    const styles = [
      'background:url(http://x)',
      'position:fixed',
      'color:re\\64',
      'width:expression(1)',
      'behavior:x',
    ];
    for (const style of styles) assert.equal(sanitized(`<p style="${style}">x</p>`), '<p>x</p>', style);
    assert.equal(
      sanitized('<svg><g fill="url(http://x#a)" mask="url( \'//x\')"></g></svg>'),
      '<svg><g></g></svg>',
    );
  });
});
