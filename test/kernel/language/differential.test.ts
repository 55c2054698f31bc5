/**
 * The same programs in a cell, in a local module and in plain Node: the same results or the same class of error.
 * TSDL_PROGRAMS=500 runs more of the random ones.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { compileFunction, constants } from 'node:vm';

import ts from 'typescript';

import { CellContext, cells as contexts } from '../../../src/kernel/runtime/context';
import { Cells } from '../cells';
import { program } from '../programs';

const PROGRAMS = Number(process.env.TSDL_PROGRAMS ?? '15');

const nativeImport = compileFunction('return import(file)', ['file'], {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as (file: string) => Promise<{ out: unknown }>;

const text = (value: unknown): string => inspect(value, { depth: 5, breakLength: 100 });
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : text(error));

describe('programs', function () {
  this.timeout(600_000 + 4_000 * PROGRAMS);
  let cells: Cells;

  before(() => {
    cells = new Cells();
  });
  after(() => cells.close());

  const javascript = (source: string): string =>
    ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
    }).outputText;

  async function inNode(file: string, source: string): Promise<string> {
    writeFileSync(join(cells.folder, `${file}.mjs`), javascript(`${source}\nexport { out };\n`));
    try {
      return text((await nativeImport(pathToFileURL(join(cells.folder, `${file}.mjs`)).href)).out);
    } catch (error) {
      if (error instanceof SyntaxError) throw error; // the grammar is wrong
      return nameOf(error);
    }
  }

  async function inModule(file: string, source: string): Promise<string> {
    writeFileSync(
      join(cells.folder, `${file}.ts`),
      `export const run = async (): Promise<any> => {${source}\nreturn out;\n};\n`,
    );
    const { run } = cells.loader.require(`./${file}`, cells.folder) as { run: () => Promise<unknown> };
    try {
      return text(await contexts.run(new CellContext('module', 0), run));
    } catch (error) {
      return nameOf(error);
    }
  }

  async function inCell(source: string): Promise<string> {
    const outcome = await cells.run(
      `${source}\n({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': (globalThis as any).textOf(out) }) })`,
    );
    return outcome.status === 'ok' ? String(outcome.result?.data['text/plain']) : outcome.failure.ename;
  }

  before(() => Object.assign(globalThis, { textOf: text }));
  after(() => Reflect.deleteProperty(globalThis, 'textOf'));

  it(`of a grammar give the same in a cell, in a module and in Node (${PROGRAMS})`, async () => {
    const failed: string[] = [];
    for (let seed = 1; seed <= PROGRAMS; seed++) {
      const source = program(seed);
      const wanted = await inNode(`p${seed}`, source);
      const [cell, module] = [await inCell(source), await inModule(`m${seed}`, source)];
      if (cell !== wanted) failed.push(`${seed} in a cell: ${wanted} != ${cell}\n${source}`);
      if (module !== wanted) failed.push(`${seed} in a module: ${wanted} != ${module}\n${source}`);
    }
    assert.equal(failed.length, 0, `${failed.length} programs\n${failed.slice(0, 3).join('\n\n')}`);
  });
});
