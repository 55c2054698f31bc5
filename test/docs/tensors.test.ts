import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as tsdl from '../../src';
import { PROJECT } from '../support/sources';

/** The second column of each table. */
const ours = readFileSync(join(PROJECT, 'docs/tensors.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| `|^\| `/.test(line))
  .map((line) => line.split(/(?<!\\) \| /)[1] ?? '');

/** What a cell calls: methods of a tensor, functions of the face, members of its rooms. */
const calls = ours.flatMap((cell) =>
  [...cell.matchAll(/`([^`]*)`/g)].map(([, code = '']) => /^([\w.]+)/.exec(code)?.[1] ?? '').filter(Boolean),
);

function exists(name: string): boolean {
  const [root = '', ...path] = name.split('.');
  if (/^[abxy]$|^loss$/.test(root)) return path[0]! in tsdl.ones(1);
  if (root === 'optimizer') return path[0]! in tsdl.optim.SGD.prototype;
  if (root === 'console' || name === 'TSDL_DEVICE' || name === 'using') return true;
  return (
    name.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], tsdl) !==
    undefined
  );
}

describe('docs/tensors.md', () => {
  it('names what there is', () => {
    assert.ok(calls.length > 100, `${calls.length} calls`);
    assert.deepEqual(
      calls.filter((name) => !exists(name)),
      [],
    );
  });
});
