import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { globOf } from '../../../src/kernel/server/glob';
import { History } from '../../../src/kernel/server/inputs';

describe('History', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tsdl-history-'));
    file = join(folder, 'state', 'tsdl', 'history.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const mode = (path: string): number => statSync(path).mode & 0o777;
  const line = (input: string, at = 1): string => `${JSON.stringify({ kernel: 'old', line: at, input })}\n`;
  const inputs = (history: History): unknown[] =>
    (history.answer({ hist_access_type: 'tail', n: 1e9 }) as [number, number, string][]).map(
      ([, , text]) => text,
    );

  it('is a file that others cannot read, in a folder of the same kind', () => {
    const umask = process.umask(0);
    try {
      new History('a', file).add(1, 'const secret = 1');
    } finally {
      process.umask(umask);
    }
    assert.deepEqual([mode(file), mode(join(folder, 'state', 'tsdl'))], [0o600, 0o700]);
  });

  it('takes from others what an earlier version let them read', () => {
    new History('a', file).add(1, 'one');
    chmodSync(file, 0o644);
    new History('b', file).add(1, 'two');
    assert.equal(mode(file), 0o600);
    assert.deepEqual(inputs(new History('c', file)), ['one', 'two']);
  });

  it('follows no link, and waits for no pipe', () => {
    const target = join(folder, 'target');
    writeFileSync(target, line('not ours'));
    for (const plant of [
      (path: string) => symlinkSync(target, path),
      (path: string) => assert.equal(spawnSync('mkfifo', [path]).status, 0),
    ]) {
      const path = join(folder, `h${plant.length}${Math.random()}`);
      plant(path);
      const history = new History('a', path);
      history.add(1, 'mine');
      assert.deepEqual(inputs(history), ['mine']);
    }
    assert.equal(readFileSync(target, 'utf8'), line('not ours'));
  });

  it('does not grow without end, in many sessions or in one', () => {
    const path = join(folder, 'long.jsonl');
    writeFileSync(path, Array.from({ length: 20_000 }, (_, i) => line(`old ${i}`, i)).join(''), {
      mode: 0o600,
    });
    const history = new History('a', path);
    assert.deepEqual([inputs(history).length, inputs(history).at(-1)], [5000, 'old 19999']);
    assert.equal(readFileSync(path, 'utf8').split('\n').length, 5001);
    const text = 'x'.repeat(50_000);
    for (let i = 0; i < 400; i++) history.add(i, `${i} ${text}`);
    assert.ok(statSync(path).size < 9e6, `${statSync(path).size}`);
    assert.ok(inputs(history).length < 5100);
    assert.ok(String(inputs(history).at(-1)).startsWith('399 '));
    history.add(400, 'y'.repeat(100_000));
    assert.ok(String(inputs(history).at(-1)).startsWith('399 '));
    for (let i = 0; i < 12_000; i++) history.add(i, 'z');
    assert.ok(inputs(history).length <= 10_000);
  }).timeout(20_000);

  it('searches in a time that grows with the text, not with its powers', () => {
    const path = join(folder, 'slow.jsonl');
    const history = new History('a', path);
    history.add(1, 'a'.repeat(60_000));
    history.add(2, 'b');
    const started = performance.now();
    for (const pattern of ['*a*a*a*a*a*b', '*a?a*a?a*c', `${'*a'.repeat(400)}*b`, '*'.repeat(900)])
      history.answer({ hist_access_type: 'search', pattern });
    assert.ok(performance.now() - started < 500);
  });
});

describe('globOf', () => {
  it('finds what a regular expression of the pattern finds', () => {
    const texts = ['', 'a', 'b', 'ab', 'ba', 'aab', 'abab', 'a\nb', 'bbab', 'aabb'];
    const letters = ['a', 'b', '*', '?'];
    const patterns = letters.flatMap((a) =>
      letters.flatMap((b) => letters.flatMap((c) => letters.map((d) => [a, b, c, d]))),
    );
    for (const pattern of [[], ['*'], ['?'], ['a', '*'], ...patterns]) {
      const expected = new RegExp(`^${pattern.join('').replace(/\*/g, '[^]*').replace(/\?/g, '[^]')}$`);
      const fits = globOf(pattern.join(''));
      for (const text of texts) assert.equal(fits(text), expected.test(text), `${pattern.join('')} ${text}`);
    }
    assert.ok(globOf('1+1 [x] (*')('1+1 [x] (y)'));
  });
});
