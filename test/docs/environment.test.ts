import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const PROJECT = resolve(__dirname, '../..');
const NAME = /TSDL_[A-Z0-9_]*[A-Z0-9]/g;

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === '__pycache__' ? [] : files(path);
    return /\.(ts|js|py|json|ipynb|cc)$/.test(name) ? [path] : [];
  });
}

/** Where each name occurs: code, notebooks and the kernel suite's Python, whose variables are ours too. */
function namesInCode(): Map<string, Set<string>> {
  const folders = ['src', 'bin', 'tools', 'bench', 'notebooks', 'test/kernel/suite'];
  const found = new Map<string, Set<string>>();
  for (const path of folders.flatMap((folder) => files(join(PROJECT, folder)))) {
    for (const [name] of readFileSync(path, 'utf8').matchAll(NAME)) {
      found.set(name, (found.get(name) ?? new Set()).add(relative(PROJECT, path)));
    }
  }
  return found;
}

/** The table's rows: a variable and the files of the last column. */
function rows(): { name: string; places: string[] }[] {
  const text = readFileSync(join(PROJECT, 'docs/environment.md'), 'utf8');
  return text.split('\n').flatMap((line) => {
    const [, name] = /^\| `(TSDL_[A-Z0-9_]+)` /.exec(line) ?? [];
    if (name === undefined) return [];
    const last = line.split('|').at(-2) ?? '';
    return [{ name, places: [...last.matchAll(/`([^`]+)`/g)].map(([, place]) => place ?? '') }];
  });
}

/** Files that read a variable, by the ways there are to do that in TypeScript and Python. */
const reading = (name: string): RegExp =>
  new RegExp(
    `(?<!delete )\\b(?:process\\.)?env\\.${name}\\b(?! =[^=])|environ\\.get\\("${name}"|flag\\(env, '${name}'\\)`,
  );

describe('docs/environment.md', () => {
  const code = namesInCode();

  it('has a row for every TSDL_ variable of the code, and none that the code does not know', () => {
    const named = rows().map(({ name }) => name);
    assert.deepEqual([...named].sort(), [...code.keys()].sort());
    assert.equal(new Set(named).size, named.length, 'a variable has one row');
  });

  it('names files that hold the variable', () => {
    const wrong = rows().flatMap(({ name, places }) =>
      places.length === 0 ? [`${name}: nowhere`] : places.filter((place) => !code.get(name)?.has(place)),
    );
    assert.deepEqual(wrong, []);
  });

  it('names every file that reads the variable', () => {
    const missing = rows().flatMap(({ name, places }) =>
      [...(code.get(name) ?? [])]
        .filter((path) => /\.(ts|js|py)$/.test(path))
        .filter((path) => reading(name).test(readFileSync(join(PROJECT, path), 'utf8')))
        .filter((path) => !places.includes(path))
        .map((path) => `${name}: ${path}`),
    );
    assert.deepEqual(missing, []);
  });
});
