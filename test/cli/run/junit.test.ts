import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { annotation, command } from '../../../src/cli/run/annotations';
import { codeCells } from '../../../src/cli/run/cells';
import { escapeText, junit } from '../../../src/cli/run/junit';
import {
  buildReport,
  type NotebookReport,
  notRun,
  type Report,
  type RunError,
} from '../../../src/cli/run/report';

const DIR = mkdtempSync(join(tmpdir(), 'tsdl-junit-'));
const PATH = join(DIR, 'nb.ipynb');

/** A notebook of three code cells around one of prose, in nbformat's own layout. */
const NOTEBOOK = JSON.stringify(
  {
    cells: [
      { cell_type: 'code', id: 'a', metadata: {}, outputs: [], source: ['1\n', '2'] },
      { cell_type: 'markdown', id: 'b', metadata: {}, source: ['"cell_type": "code"'] },
      { cell_type: 'code', id: 'c', metadata: {}, outputs: [], source: 'x' },
      { cell_type: 'code', metadata: {}, outputs: [], source: [] },
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  },
  null,
  1,
);

interface Element {
  tag: string;
  attributes: Record<string, string>;
  text: string;
  children: Element[];
}

const READER = `
import json, sys, xml.etree.ElementTree as tree
def plain(e):
    return {"tag": e.tag, "attributes": e.attrib, "text": e.text or "", "children": [plain(c) for c in e]}
print(json.dumps(plain(tree.fromstring(sys.stdin.buffer.read()))))`;

/** Reads XML with Python's parser, which refuses what is not well formed. */
function parse(xml: string): Element {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', READER], { input: xml, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Element;
}

const reportOf = (notebooks: NotebookReport[], complete = true): Report =>
  buildReport({ profile: 'smoke' } as never, notebooks, {
    complete,
    started: new Date(0),
    seconds: 12.5,
    seed: '0',
    versions: {},
  });

const failed = (error: Partial<RunError>, rest: Partial<NotebookReport> = {}): NotebookReport => ({
  ...notRun('nb', PATH),
  cells: 3,
  executed: 2,
  seconds: 2.5,
  cellSeconds: [0.5, 1.25],
  status: 'failed',
  error: { kind: 'error', name: 'TypeError', message: 'no', cell: 2, id: 'c', ...error },
  ...rest,
});

describe('junit()', () => {
  before(() => {
    writeFileSync(PATH, NOTEBOOK);
  });
  after(() => rmSync(DIR, { recursive: true }));

  const read = (notebooks: NotebookReport[], fault?: Error) =>
    parse(junit(reportOf(notebooks, fault === undefined), DIR, fault));
  const countsOf = ({ attributes }: Element) =>
    ['tests', 'failures', 'errors', 'skipped'].map((name) => Number(attributes[name]));
  const casesOf = (suite: Element) => suite.children.filter(({ tag }) => tag === 'testcase');
  const verdicts = (suite: Element) => casesOf(suite).map(({ children }) => children[0]?.tag ?? 'passed');

  it('is a suite for each notebook with a case for each code cell', () => {
    const entry = {
      ...notRun('nb', PATH),
      cells: 3,
      executed: 3,
      seconds: 3.5,
      cellSeconds: [0.5, 1, 1.5],
      peakMB: 90,
    };
    const root = read([{ ...entry, status: 'passed' }]);
    const [suite] = root.children;
    assert.deepEqual([root.tag, suite?.tag, suite?.attributes.name], ['testsuites', 'testsuite', 'nb']);
    assert.deepEqual(countsOf(suite!), [3, 0, 0, 0]);
    assert.deepEqual(
      casesOf(suite!).map(({ attributes: { name, line, time } }) => [name, line, time]),
      [
        ['cell 1 (a)', '9', '0.5'],
        ['cell 3 (c)', '26', '1'],
        ['cell 4', '32', '1.5'],
      ],
    );
    assert.equal(suite?.attributes.timestamp, '1970-01-01T00:00:00.000Z');
    const properties = suite?.children.find(({ tag }) => tag === 'properties')?.children;
    assert.deepEqual(
      properties?.map(({ attributes }) => [attributes.name, attributes.value]),
      [
        ['profile', 'smoke'],
        ['seed', '0'],
        ['peakMB', '90'],
      ],
    );
  });

  it('blames the cell that failed and skips those behind it', () => {
    const root = read([failed({ traceback: ['\x1b[31mTypeError\x1b[0m: no', '  at cell'] })]);
    assert.deepEqual(verdicts(root.children[0]!), ['passed', 'failure', 'skipped']);
    assert.deepEqual(countsOf(root), [3, 1, 0, 1]);
    const failure = casesOf(root.children[0]!)[1]!.children[0]!;
    assert.deepEqual(failure.attributes, { message: '出错: no', type: 'TypeError' });
    assert.equal(failure.text, 'TypeError: no\n  at cell');
  });

  it('keeps odd characters and leaves out those that XML forbids', () => {
    const message = 'a<b> & "c" \u0000\u0008\u001b[1m\ud800 😀 中 \t]]>\r\nsecond\uffff';
    const failure = casesOf(read([failed({ message })]).children[0]!)[1]!.children[0]!;
    assert.equal(failure.attributes.message, '出错: a<b> & "c"  😀 中 \t]]>\r');
    assert.equal(failure.text, 'TypeError: a<b> & "c"  😀 中 \t]]>\r\nsecond');
    assert.equal(escapeText('\ud83d\ude00\ude00'), '😀');
  });

  it('blames the notebook where no cell can take the blame', () => {
    const start = failed({ kind: 'start', cell: null, id: null }, { executed: 0, cellSeconds: [], cells: 0 });
    const root = read([start]);
    assert.deepEqual(verdicts(root.children[0]!), ['error', 'skipped', 'skipped', 'skipped']);
  });

  it('says of every notebook that it failed, where all did', () => {
    const root = read([failed({}), failed({ kind: 'timeout', cell: 0 }), failed({ kind: 'dead-kernel' })]);
    assert.deepEqual(countsOf(root), [9, 2, 1, 4]);
  });

  it('has the interrupted cell as an error and what was not reached as skipped', () => {
    const root = read([
      failed({ kind: 'interrupted', name: 'Interrupted', message: '' }),
      notRun('nb', PATH),
    ]);
    assert.deepEqual(root.children.map(verdicts), [
      ['passed', 'error', 'skipped'],
      ['skipped', 'skipped', 'skipped'],
    ]);
  });

  it('tells what ended the run itself', () => {
    const root = read([notRun('nb', PATH)], new Error('driver died\nwith <these> words'));
    const [{ children } = { children: [] }] = casesOf(root.children[1]!);
    assert.deepEqual([children[0]?.tag, children[0]?.attributes.message], ['error', '执行失败: driver died']);
    assert.match(children[0]?.text ?? '', /with <these> words/);
  });

  it('names a notebook that cannot be read', () => {
    assert.deepEqual(codeCells(join(DIR, 'none.ipynb')), []);
    const root = parse(junit(reportOf([notRun('none', join(DIR, 'none.ipynb'))]), DIR));
    assert.deepEqual(verdicts(root.children[0]!), ['skipped']);
  });

  it('annotates the line of the cell for GitHub, in one line', () => {
    const text = annotation(failed({ traceback: ['50% off:', '\x1b[31mno, no\x1b[0m\r'] }), DIR);
    assert.equal(text, '::error file=nb.ipynb,line=26,title=nb%2C cell 3%3A 出错::50%25 off:%0Ano, no%0D');
    assert.equal(annotation(failed({ kind: 'interrupted' }), DIR), undefined);
    assert.equal(command({ title: 'a:b', file: undefined }, 'c:d'), '::error title=a%3Ab::c:d');
  });
});
