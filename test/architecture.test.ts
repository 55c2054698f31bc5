import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

const src = resolve(__dirname, '../src');

/** A folder may import itself and the folders listed for it; `cli` may import all. */
const allowed: Record<string, readonly string[]> = {
  engine: [],
  models: ['engine'],
  helpers: ['models', 'engine'],
  viz: ['helpers', 'models', 'engine'],
  kernel: [],
  cli: ['kernel', 'viz', 'helpers', 'models', 'engine'],
};

function sources(dir: string): string[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

/** Relative import paths and `tsdl/...` paths of one file, resolved to absolute paths without extension. */
function imports(file: string): string[] {
  const specifiers = [
    ...readFileSync(file, 'utf8').matchAll(/(?:from|import|require\()\s*['"]([^'"]+)['"]/g),
  ];
  return specifiers.flatMap(([, spec = '']) => {
    if (spec.startsWith('.')) return [resolve(dirname(file), spec)];
    return spec.startsWith('tsdl/') ? [join(src, spec.slice('tsdl/'.length))] : [];
  });
}

const folderOf = (path: string): string => relative(src, path).split(sep)[0] ?? '';

describe('architecture', () => {
  const files = sources(src);

  it('has source files to check', () => assert.ok(files.length > 1));

  it('knows every folder of src', () => {
    assert.deepEqual(
      readdirSync(src).filter((name) => !(name in allowed)),
      [],
    );
  });

  it('imports go one way: viz → helpers → models → engine; kernel stands alone', () => {
    const wrong = files.flatMap((file) =>
      imports(file)
        .filter((path) => path.startsWith(src))
        .filter((path) => {
          const [from, to] = [folderOf(file), folderOf(path)];
          return from !== to && !allowed[from]?.includes(to);
        })
        .map((path) => `${relative(src, file)} imports ${relative(src, path)}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('reaches TensorFlow.js through engine/ alone', () => {
    const wrong = files.filter(
      (file) => folderOf(file) !== 'engine' && /['"]@tensorflow\//.test(readFileSync(file, 'utf8')),
    );
    assert.deepEqual(
      wrong.map((file) => relative(src, file)),
      [],
    );
  });

  it('mirrors src in test: every test file has its source folder', () => {
    const tests = sources(resolve(__dirname)).filter((file) => file.endsWith('.test.ts'));
    const homeless = tests.filter((file) => {
      const dir = dirname(relative(__dirname, file));
      return !existsSync(join(src, dir)) && !['bench', 'docs'].includes(dir);
    });
    assert.deepEqual(homeless, []);
  });
});
