/**
 * Everyday programs of each kind in test/kernel/everyday: the same in cells, in a local module and in plain Node.
 * A file holds programs, `=== name` before each; `---` ends a cell; `=> value` is what plain Node cannot say, a name
 * being declared anew; `>>> name` begins a file beside the notebook, `>>>` alone ends it. TSDL_EVERYDAY=word runs the programs whose names hold it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { compileFunction, constants } from 'node:vm';

import ts from 'typescript';

import { loadTslab } from '../../../src/kernel/language/tslab';
import { CellContext, cells as contexts } from '../../../src/kernel/runtime/context';
import { Cells } from '../cells';

const FOLDER = resolve(__dirname, '../everyday');
const PRELUDE = 'const out: unknown[] = []; const log = (...all: unknown[]): void => { out.push(...all); };';
const SHOW =
  "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': (globalThis as any).textOf(out) }) })";

interface Program {
  readonly name: string;
  /** Files beside the notebook, each with `>>> its name` before it. */
  readonly files: readonly (readonly [name: string, text: string])[];
  readonly cells: readonly string[];
  readonly expected: string | undefined;
}

function programsOf(file: string): Program[] {
  const [, ...parts] = `\n${readFileSync(join(FOLDER, file), 'utf8')}`.split(/\n=== /);
  return parts.map((part) => {
    const [name = '', ...lines] = part.split('\n');
    const expected = lines.find((line) => line.startsWith('=> '))?.slice(3);
    const whole = lines.filter((line) => !line.startsWith('=> ')).join('\n');
    const files = [...whole.matchAll(/^>>> (\S+)\n([^]*?)(?=^>>>)/gm)].map(
      ([, path = '', content = '']) => [path, content] as const,
    );
    const code = whole.slice(files.length === 0 ? 0 : whole.indexOf('\n>>>\n') + 5);
    return { name, files, cells: code.split(/\n---\n/), expected };
  });
}

const nativeImport = compileFunction('return import(file)', ['file'], {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as (file: string) => Promise<{ out: unknown }>;

const text = (value: unknown): string => inspect(value, { depth: 6, breakLength: Infinity, compact: true });
const failed = (error: unknown): string => `throws ${error instanceof Error ? error.name : 'Error'}`;

const javascript = (source: string): string =>
  ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: false,
    },
  }).outputText;

/** A directive of the compiler counts at a file's head alone. */
const withPrelude = (code: string): string =>
  code.startsWith('// @') ? code.replace('\n', `\n${PRELUDE}`) : `${PRELUDE}${code}`;

/** One file for plain Node and for the loader of modules. */
const joined = ({ cells }: Program): string => `${withPrelude(cells.join('\n'))}\nexport { out };\n`;

describe('everyday programs', function () {
  this.timeout(60_000);
  let cells: Cells;
  let count = 0;

  before(() => {
    cells = new Cells(true);
    Object.assign(globalThis, { textOf: text });
  });
  after(() => {
    cells.close();
    Reflect.deleteProperty(globalThis, 'textOf');
  });

  async function inNode(program: Program): Promise<string> {
    const file = join(cells.folder, `node${count}.mjs`);
    writeFileSync(file, javascript(joined(program)));
    try {
      return text((await nativeImport(pathToFileURL(file).href)).out);
    } catch (error) {
      if (error instanceof SyntaxError && !/\bthrow\b|SyntaxError/.test(joined(program))) throw error;
      return failed(error);
    }
  }

  async function inModule(program: Program): Promise<string> {
    writeFileSync(join(cells.folder, `module${count}.ts`), joined(program));
    const load = (): Promise<unknown> => cells.newLoader().import(`./module${count}`, cells.folder);
    try {
      return text(((await contexts.run(new CellContext('module', 0), load)) as { out: unknown }).out);
    } catch (error) {
      return failed(error);
    }
  }

  async function inCells({ cells: [first = '', ...rest] }: Program): Promise<string> {
    cells.session.restore('');
    loadTslab(resolve(__dirname, '../../..')).adapter['lowering'].captured.clear();
    for (const code of [withPrelude(first), ...rest]) {
      const outcome = await cells.run(code);
      if (outcome.status === 'error') return `throws ${outcome.failure.ename}`;
    }
    const shown = await cells.run(SHOW);
    return shown.status === 'ok' ? String(shown.result?.data['text/plain']) : shown.failure.ename;
  }

  /** Where tslab says that it has the program of another cell. */
  const said: unknown[] = [];
  const { warn } = console;
  before(() => {
    console.warn = (line: unknown) => said.push(line);
  });
  after(() => {
    console.warn = warn;
    assert.deepEqual(said, []);
  });

  for (const file of readdirSync(FOLDER))
    describe(file.replace(/\.txt$/, ''), () => {
      for (const program of programsOf(file).filter(({ name }) =>
        name.includes(process.env.TSDL_EVERYDAY ?? ''),
      ))
        it(program.name, async () => {
          count += 1;
          for (const [path, content] of program.files) {
            mkdirSync(join(cells.folder, dirname(path)), { recursive: true });
            writeFileSync(join(cells.folder, path), content);
          }
          const wanted = program.expected ?? (await inNode(program));
          assert.equal(await inCells(program), wanted, 'in cells');
          if (program.expected === undefined) assert.equal(await inModule(program), wanted, 'in a module');
        });
    });
});
