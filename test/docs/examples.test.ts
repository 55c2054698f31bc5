import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { asModule, typeErrors } from '../support/compiled';
import { type Example, examplesIn, freeNames } from '../support/examples';
import { PROJECT, sourcesOf } from '../support/sources';
import { notebook, prepare } from './setting';

const SETTING = join(__dirname, 'setting');
const HOST = Symbol.for('tsdl.kernel');
const load = createRequire(__filename);

/** Folders of src whose names an example may use without saying where they come from: the public faces. */
const FACES = [
  ...[
    'optim',
    'optim/schedulers',
    'data',
    'datasets',
    'inspect',
    'io',
    'train',
    'train/callbacks',
    'notebook',
  ].map((name) => `helpers/${name}`),
  ...['models', 'viz', 'engine/savedmodel', 'engine/compile', 'engine/random', ''],
];
const GLOBALS = new Set([...Object.getOwnPropertyNames(globalThis), 'undefined']);

/** The import that brings a name: of the example's own file, of the face, or of the setting. */
function importOf(name: string, { file }: Example): string {
  const from = (path: string) => `import { ${name} } from '${path}';`;
  if (name === 'tf') return `import * as tf from '${join(PROJECT, 'src/engine/tf')}';`;
  if (name === 'nn') return `import * as nn from '${join(PROJECT, 'src/nn')}';`;
  if (name in (load(file) as object)) return from(file.replace(/\.ts$/, ''));
  if (name in (load(SETTING) as object)) return from(SETTING);
  const face = FACES.map((one) => join(PROJECT, 'src', one)).find((one) => name in (load(one) as object));
  if (face !== undefined) return from(face);
  throw new ReferenceError(
    `Cannot run example: expected a public name or one of test/docs/setting.ts, got ${name}`,
  );
}

/** An example as a module with a function to run it; its own imports stay as they are. */
function moduleOf(example: Example): string {
  const free = [...freeNames(example.code)].filter((name) => !GLOBALS.has(name));
  return asModule(
    example.code,
    free.map((name) => importOf(name, example)),
  );
}

describe('the examples of the docstrings', function () {
  this.timeout(180_000);
  // The kernel's doc comments are about comments.
  const files = sourcesOf(join(PROJECT, 'src')).filter((path) => !path.includes('/kernel/'));
  const examples = files.flatMap((path) => examplesIn(path, PROJECT));
  const outside = { cwd: process.cwd(), offline: process.env.TSDL_OFFLINE, log: console.log };
  let dir = '';
  let work = '';
  const pathOf = (example: Example) =>
    join(dir, `${example.place.replace(/[^\w]+/g, '-').replace(/-ts-(\d+)$/, '-$1')}.ts`);

  before(async () => {
    // Inside the project, where `tsdl/…` means this package.
    mkdirSync(join(PROJECT, 'build'), { recursive: true });
    dir = mkdtempSync(join(PROJECT, 'build', 'examples-'));
    work = mkdtempSync(join(tmpdir(), 'tsdl-examples-'));
    for (const example of examples) writeFileSync(pathOf(example), moduleOf(example));
    process.chdir(work);
    process.env.TSDL_OFFLINE = '1';
    console.log = () => undefined;
    await prepare();
    (globalThis as Record<symbol, unknown>)[HOST] = notebook;
  });
  after(() => {
    delete (globalThis as Record<symbol, unknown>)[HOST];
    process.chdir(outside.cwd);
    console.log = outside.log;
    if (outside.offline === undefined) delete process.env.TSDL_OFFLINE;
    else process.env.TSDL_OFFLINE = outside.offline;
    for (const folder of [dir, work]) if (folder) rmSync(folder, { recursive: true });
  });

  it('are there', () => assert.ok(examples.length >= 50, String(examples.length)));

  it('have the types they say', () => assert.deepEqual(typeErrors(examples.map(pathOf), PROJECT), []));

  for (const example of examples) {
    it(`run: ${example.place}`, () => (load(pathOf(example)) as { run(): Promise<void> }).run());
  }
});
