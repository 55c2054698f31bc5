import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import * as tf from '../../src/engine/tf';
import { asModule, typeErrors } from '../support/compiled';

const PROJECT = resolve(__dirname, '../..');
const FILE = join(PROJECT, 'docs/library.md');
const load = createRequire(__filename);

interface Program {
  readonly line: number;
  readonly code: string;
}

/** The blocks of TypeScript, in order. */
function programsIn(text: string): Program[] {
  return [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(({ index, 1: code = '' }) => ({
    line: text.slice(0, index).split('\n').length,
    code,
  }));
}

describe('docs/library.md', function () {
  this.timeout(180_000);
  const programs = programsIn(readFileSync(FILE, 'utf8'));
  const outside = { cwd: process.cwd(), log: console.log };
  let dir = '';
  let work = '';
  const said: string[] = [];
  const pathOf = ({ line }: Program) => join(dir, `line${line}.ts`);

  before(() => {
    // Inside the project, where `tsdl` means this package.
    mkdirSync(join(PROJECT, 'build'), { recursive: true });
    dir = mkdtempSync(join(PROJECT, 'build', 'library-'));
    work = mkdtempSync(join(tmpdir(), 'tsdl-library-'));
    for (const program of programs) writeFileSync(pathOf(program), asModule(program.code));
    copyFileSync(join(PROJECT, 'test/fixtures/io/network.pth'), join(work, 'network.pth'));
    process.chdir(work);
    console.log = (...words: unknown[]) => void said.push(words.map(String).join(' '));
  });
  after(() => {
    process.chdir(outside.cwd);
    console.log = outside.log;
    for (const folder of [dir, work]) if (folder) rmSync(folder, { recursive: true });
  });

  it('has a program for each step, none of which takes anything for granted', () => {
    assert.equal(programs.length, 7);
    assert.deepEqual(typeErrors(programs.map(pathOf), PROJECT), []);
  });

  for (const program of programs) {
    it(`runs, in order: line ${program.line}`, async function () {
      if (program.code.includes('exportSavedModel') && tf.device.kind === 'js') this.skip();
      await (load(pathOf(program)) as { run(): Promise<void> }).run();
    });
  }

  it('leaves what it says: four epochs after the interruption, weights, pictures', () => {
    assert.ok(said.includes('4'), said.join('\n'));
    for (const file of ['circle.safetensors', 'last.safetensors', 'loss.png', 'loss.svg', 'loss.vl.json'])
      assert.ok(statSync(join(work, file)).size > 500, file);
  });
});
