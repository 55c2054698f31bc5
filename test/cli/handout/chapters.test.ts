import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chaptersOf } from '../../../src/cli/handout/chapters';
import { run } from '../../../src/cli/run';
import { PROJECT } from '../../../src/engine/backend/paths';

describe('chaptersOf()', function () {
  this.timeout(180_000);
  let dir = '';
  let [sources, executions] = ['', ''];
  let said: string[] = [];
  before(function () {
    if (!existsSync(join(PROJECT, '.venv/bin/python'))) this.skip(); // npm test installs the environment first
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
    [sources, executions] = [join(dir, 'sources'), join(dir, 'executions')];
    mkdirSync(sources);
    source('01-first', 'print("one")');
    source('02-second', 'print("two")');
  });
  afterEach(() => dir && rmSync(dir, { recursive: true }));

  const source = (name: string, ...cells: string[]): void => {
    const metadata = { kernelspec: { name: 'python3', display_name: 'Python', language: 'python' } };
    const numbered = cells.map((text, i) => ({
      cell_type: 'code',
      id: `cell-${i}`,
      metadata: {},
      source: text,
      outputs: [],
      execution_count: null,
    }));
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata, cells: numbered };
    writeFileSync(join(sources, `${name}.ipynb`), JSON.stringify(notebook));
  };
  const executed = (...names: string[]): Promise<number> => {
    const files = names.map((name) => join(sources, `${name}.ipynb`));
    return listening(() => run([...files, '--out', executions]));
  };
  /** The chapters' printed output and reasons. */
  const chapters = async (options: Partial<Parameters<typeof chaptersOf>[0]> = {}) => {
    const all = { only: [], run: true, from: undefined, ...options };
    const { chapters: made } = await listening(() => chaptersOf(all, { sources, executions }));
    return made.map(({ notebook, stale }) => [JSON.stringify(notebook.cells.at(-1)?.outputs), stale?.zh]);
  };
  /** What is said goes to `said` instead of the screen. */
  const listening = async <T>(action: () => Promise<T>): Promise<T> => {
    const { log } = console;
    const write = process.stdout.write.bind(process.stdout);
    said = [];
    console.log = (text: string) => void said.push(text);
    process.stdout.write = () => true;
    try {
      return await action();
    } finally {
      console.log = log;
      process.stdout.write = write;
    }
  };

  it('takes an execution of the cells as they are now without executing again', async () => {
    await executed('01-first', '02-second');
    const [first, second] = await chapters();
    assert.match(String(first), /one/);
    assert.match(String(second), /two/);
    assert.deepEqual(said, []);
  });

  it('executes what was changed since, and what a partial run left out', async () => {
    await executed('01-first');
    source('01-first', 'print("edited")');
    const [first, second] = await chapters();
    assert.deepEqual(said.slice(0, 2), ['先执行 01-first：执行之后改过', '先执行 02-second：还没有执行过']);
    assert.match(String(first), /edited/);
    assert.match(String(second), /two/);
    assert.deepEqual([first?.[1], second?.[1]], [undefined, undefined]);
  });

  it('names what it may not execute, and takes its cells as they are now', async () => {
    await executed('01-first');
    source('01-first', 'print("edited")');
    const [first] = await chapters({ run: false });
    assert.deepEqual(first, ['[]', '执行之后改过']);
    assert.match(said.join('\n'), /02-second 的输出是以前保存的（还没有执行过）/);
  });

  it('gives no handout after a failed cell, nor after a run that failed without leaving an error', async () => {
    source('02-second', 'import sys', 'print("oops", file=sys.stderr)');
    await executed('01-first', '02-second');
    await assert.rejects(chapters({ from: executions }), /没有写讲义：02-second 上次执行没有成功/);
    source('02-second', '1 / 0', 'print("never")');
    await assert.rejects(chapters(), /没有写讲义/);
    assert.equal(said[0], '先执行 02-second：执行之后改过');
    await assert.rejects(chapters({ from: executions }), /没有写讲义：02-second 的第 1 个单元出错/);
  });
});
