import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { PROJECT, projectFiles, sourcesOf } from './support/sources';

/**
 * The house, floor by floor from the ground up: a room imports rooms of the floors below it, never of its own floor or
 * above. A name without an ending is a folder or a file.
 */
const FLOORS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '': [
    ['bin/bootstrap'],
    ['src/engine', 'src/kernel'],
    ['src/nn'],
    ['src/helpers'],
    ['src/models'],
    ['src/viz'],
    ['src/index'],
    ['src/setup'],
    ['src/cli'],
    ['bench'],
    ['tools'],
    ['bin/kernel', 'bin/tsdl', 'bin/tool'],
  ],
  'src/engine': [
    ['tfjs'],
    ['autograd', 'backend'],
    ['patches', 'tensor'],
    ['tf'],
    ['recording'],
    ['random'],
    ['ops'],
    ['graph'],
    ['compile', 'cluster'],
    ['savedmodel'],
  ],
  'src/helpers': [
    ['notebook'],
    ['files'],
    ['optim', 'data', 'io', 'images'],
    ['datasets'],
    ['train'],
    ['inspect', 'launch'],
    ['course'],
  ],
  'src/viz': [['drawing'], ['charts'], ['output'], ['training'], ['live', 'show'], ['index']],
  'src/kernel': [['jupyter'], ['link'], ['compiler'], ['language', 'runtime'], ['lsp', 'server'], ['main']],
};

/** Rooms that stand apart: what else they may import of the house. */
const APART: Readonly<Record<string, RegExp>> = {
  'src/kernel': /^src\/kernel/,
  'src/engine': /^src\/engine/,
};

/** The one file of `src` below `setup` that asks where this tsdl stands, for all others. */
/** Compiled code is kept from where most of it is loaded. */
const CODE = { asks: 'src/engine/tfjs.ts', answers: /^bin\/bootstrap\/codecache\.js$/ };
const PLACE = { asks: 'src/engine/backend/paths.ts', answers: /^bin\/bootstrap\/(place|parts)\.js$/ };

/** Who may call the plain-JavaScript bootstrap: what installs, locks and shows progress. */
const BOOTSTRAPPED = /^(bin|tools|bench|src\/(setup|cli|helpers\/files))\//;

/** What the screen says comes from every room, and so does what is written whole, or kept for later processes. */
const EVERYONES = /^bin\/bootstrap\/(?:language|atomic|kept)\.js$/;

const files = projectFiles('src', 'bin', 'tools', 'bench');
const known = new Set(files);

/** The project's files that one file imports, types included. */
function imports(file: string): string[] {
  const text = readFileSync(join(PROJECT, file), 'utf8');
  const found = text.matchAll(
    /(?:\bfrom|\bimport|\brequire\(|\bimport\()\s*['"](\.[^'"]*|tsdl\/[^'"]+)['"]/g,
  );
  return [...found].flatMap(([, spec = '']) => {
    const path = spec.startsWith('.')
      ? relative(PROJECT, resolve(PROJECT, dirname(file), spec))
      : join('src', spec.slice('tsdl/'.length));
    const target = [path, `${path}.ts`, `${path}.js`, `${path}/index.ts`].find((name) => known.has(name));
    return target === undefined || target === file ? [] : [target];
  });
}

const graph = new Map(files.map((file) => [file, imports(file)]));

/** The floor of a path below `base`, or −1. */
function floorOf(base: string, path: string): number {
  const inside = base === '' ? path : path.slice(base.length + 1);
  return (FLOORS[base] ?? []).findIndex((names) =>
    names.some((name) => inside === name || inside.startsWith(`${name}/`) || inside.startsWith(`${name}.`)),
  );
}

const roomOf = (base: string, path: string): string => {
  const inside = base === '' ? path : path.slice(base.length + 1);
  const names = (FLOORS[base] ?? []).flat();
  return names.find((name) => inside.startsWith(`${name}/`) || inside.startsWith(`${name}.`)) ?? '';
};

/** Chains of imports that come back to where they began (Tarjan's strongly connected components). */
function circles(): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.size - 1);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) found.push(circle);
  };
  files.forEach((file) => index.has(file) || visit(file));
  return found;
}

describe('architecture', () => {
  it('has source files to check', () => assert.ok(files.length > 300));

  it('knows every room', () => {
    const unknown = Object.keys(FLOORS).flatMap((base) =>
      files.filter((file) => (base === '' || file.startsWith(`${base}/`)) && floorOf(base, file) < 0),
    );
    assert.deepEqual(
      unknown.filter((file) => !/^src\/[^/]+\/index\.ts$/.test(file)),
      [],
    );
  });

  for (const base of Object.keys(FLOORS)) {
    it(`imports go down the floors of ${base || 'the house'}`, () => {
      const wrong = [...graph].flatMap(([file, targets]) => {
        if (base !== '' && !file.startsWith(`${base}/`)) return [];
        const from = floorOf(base, file);
        return targets
          .filter((target) => base === '' || target.startsWith(`${base}/`))
          .filter((target) => roomOf(base, file) !== roomOf(base, target) && floorOf(base, target) >= from)
          .filter(() => from >= 0)
          .map((target) => `${file} imports ${target}`);
      });
      assert.deepEqual(wrong, []);
    });
  }

  it('lets the kernel and the engine stand alone, and few call the bootstrap', () => {
    const wrong = [...graph].flatMap(([file, targets]) =>
      targets
        .filter((target) => !EVERYONES.test(target))
        .filter((target) => {
          if ([PLACE, CODE].some(({ asks, answers }) => file === asks && answers.test(target))) return false;
          const apart = Object.keys(APART).find((room) => file.startsWith(`${room}/`));
          if (apart !== undefined) return !APART[apart]?.test(target);
          return target.startsWith('bin/') && !BOOTSTRAPPED.test(file);
        })
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  it('has no circles, types included', () => assert.deepEqual(circles(), []));

  it('has no file beside a folder of its name', () => {
    const doubled = files.filter((file) => existsSync(join(PROJECT, file.replace(/\.(ts|m?js)$/, ''))));
    assert.deepEqual(doubled, []);
  });

  it('reaches TensorFlow.js through engine/ alone', () => {
    const wrong = files.filter(
      (file) =>
        file.startsWith('src/') &&
        !file.startsWith('src/engine/') &&
        /['"]@tensorflow\//.test(readFileSync(join(PROJECT, file), 'utf8')),
    );
    assert.deepEqual(wrong, []);
  });

  it('mirrors src in test: every test file has its source folder', () => {
    const tests = sourcesOf(__dirname).filter((file) => file.endsWith('.test.ts'));
    const homeless = tests.filter((file) => {
      const dir = dirname(relative(__dirname, file));
      return !existsSync(join(PROJECT, 'src', dir)) && !existsSync(join(PROJECT, dir));
    });
    assert.deepEqual(
      homeless.map((file) => basename(file)),
      [],
    );
  });
});
