/** The published package: what its package.json says, what its parts are, and how it finds them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { type Manifest, publicExports, publicManifest, typesVersions } from '../../tools/pack/manifest';
import { entriesOf, PARTS } from '../../tools/pack/parts';
import { referencesOf } from '../../tools/pack/typereferences';
import { errorsIn } from '../../tools/package/rows';
import { brokenHeritage } from '../support/compiled';
import { temporaryFolder } from '../support/folder';
import { sourcesOf } from '../support/sources';

const PROJECT = resolve(__dirname, '../..');
const read = <T>(file: string): T => JSON.parse(readFileSync(join(PROJECT, file), 'utf8')) as T;
const { packages } = read<{
  packages: Parameters<typeof entriesOf>[1] & Record<string, { version?: string }>;
}>('package-lock.json');

describe('the published package.json', () => {
  const sources = { '.': './src/index.ts', './nn': './src/nn/index.ts', './*': './src/*.ts' };

  it('exports the compiled files with their types, and nothing of the rooms inside', () => {
    const exported = publicExports(sources);
    assert.deepEqual(exported['./nn'], { types: './lib/nn/index.d.ts', default: './lib/nn/index.js' });
    assert.deepEqual(exported['./*'], { types: './lib/*.d.ts', default: './lib/*.js' });
    assert.equal(exported['./kernel/*'], null);
  });

  it('says the same to TypeScript without exports', () =>
    assert.deepEqual(typesVersions(sources), {
      '*': { nn: ['lib/nn/index.d.ts'], '*': ['lib/*.d.ts'], 'lib/*': ['lib/*'] },
    }));

  it('depends on what is asked for, parts and itself excepted, and on nothing unpinned', () => {
    const root = read<Manifest>('package.json');
    const locked = (name: string) => packages[`node_modules/${name}`]?.version;
    const asked = new Set(['vega', 'tsdl', 'typescript', 'ts-node']);
    const { dependencies, private: hidden } = publicManifest(
      root,
      asked,
      new Set(['typescript']),
      locked,
    ) as Record<string, object | undefined>;
    const types = { '@types/long': '4.0.2', '@types/node': '>=20' };
    assert.deepEqual(dependencies, { vega: root.dependencies.vega, ...types });
    assert.equal(hidden, undefined);
    assert.throws(() => publicManifest(root, new Set(['left-out']), new Set(), locked), /left-out/);
  });
});

describe('the declarations of the package', () => {
  it('load the types that they and TensorFlow.js name', () => {
    assert.deepEqual(referencesOf("import { join } from 'node:path';"), ['/// <reference types="node" />']);
    assert.deepEqual(referencesOf("export * from '@tensorflow/tfjs';"), ['/// <reference types="long" />']);
    assert.deepEqual(referencesOf("import * as tf from '../tf';"), []);
  });

  it('keep their interfaces under the options that a reader may have', () => {
    const heirs = sourcesOf(join(PROJECT, 'src')).filter((file) =>
      /\bimplements\b|^(export )?(abstract )?(class|interface) .*\bextends\b/m.test(
        readFileSync(file, 'utf8'),
      ),
    );
    assert.deepEqual(brokenHeritage(heirs, PROJECT), []);
  }).timeout(120_000);
});

describe('what the compiler says of a reader’s project', () => {
  it('is read as files and codes', () => {
    const said = [
      "../node_modules/tsdl/lib/a.d.ts(6,22): error TS2420: Class 'A' incorrectly implements interface 'B'.",
      "  Types of property 'x' are incompatible.",
      "../node_modules/.pnpm/x/node_modules/@a/b/c.d.ts(2,4): error TS2304: Cannot find name 'Long'.",
      'main.ts(1,1): error TS1: No.',
    ].join('\n');
    assert.deepEqual(errorsIn(said), ['tsdl/lib/a.d.ts TS2420', '@a/b/c.d.ts TS2304', 'main.ts TS1']);
  });
});

describe('the parts of the package', () => {
  it('come with hashes, and bring no second TensorFlow.js', () => {
    for (const [name, names] of Object.entries(PARTS)) {
      const entries = entriesOf(names, packages) as Record<string, { integrity?: string }>;
      for (const [path, { integrity }] of Object.entries(entries))
        assert.match(integrity ?? '', /^sha512-/, path);
      for (const one of names) assert.ok(`node_modules/${one}` in entries, `${name}: ${one}`);
      assert.ok(!('node_modules/@tensorflow/tfjs' in entries));
    }
  });
});

describe('a package below node_modules', () => {
  const path = temporaryFolder();

  const put = (file: string, text: string): void => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
  };

  /** Runs a line of the package's own code. */
  const own = (code: string): string => {
    put('p/node_modules/tsdl/lib/x.js', `require('../bin/bootstrap/parts'); console.log(${code});`);
    const env = { ...process.env, TSDL_HOME: path('link') };
    return execFileSync(process.execPath, [path('p/node_modules/tsdl/lib/x.js')], {
      env,
      encoding: 'utf8',
    }).trim();
  };

  beforeEach(() => {
    mkdirSync(path('home'));
    symlinkSync(path('home'), path('link'));
    cpSync(join(PROJECT, 'bin'), path('p/node_modules/tsdl/bin'), { recursive: true });
    put('p/node_modules/tsdl/parts/demo/package.json', '{"dependencies":{"extra":"1.0.0"}}');
    put('p/node_modules/tsdl/parts/demo/package-lock.json', '{}');
    put('p/node_modules/engine/index.js', "module.exports = 'the one engine';");
  });

  it('finds a part in the home folder, and the part finds what the package depends on', () => {
    assert.equal(own("require('../bin/bootstrap/parts').partReady('demo')"), 'false');
    const folder = own(
      "require('../bin/bootstrap/parts').folderOf(require('../bin/bootstrap/parts').part('demo'))",
    );
    const inHome = folder.slice(path('').length);
    put(join(inHome, 'node_modules/extra/index.js'), "module.exports = 'extra with ' + require('engine');");
    put(join(inHome, 'stamp.json'), '{}');
    put('node_modules/engine/index.js', "module.exports = 'another engine, above the home folder';");
    assert.equal(own("require('extra')"), 'extra with the one engine');
    const asked = own(`require.resolve('engine', { paths: [require.resolve('extra')] })`);
    assert.equal(asked, path('p/node_modules/engine/index.js'));
  });

  it('keeps away from what others ask for', () => {
    put('p/node_modules/extra/index.js', "module.exports = 'their extra';");
    put('p/node_modules/other/index.js', "module.exports = require('extra');");
    const folder = own(
      "require('../bin/bootstrap/parts').folderOf(require('../bin/bootstrap/parts').part('demo'))",
    );
    put(join(folder.slice(path('').length), 'node_modules/extra/index.js'), "module.exports = 'ours';");
    put(join(folder.slice(path('').length), 'stamp.json'), '{}');
    assert.equal(own("require('other') + ', ' + require('extra')"), 'their extra, ours');
  });

  it('names commands that work there, and keeps its things in the reader’s cache', () => {
    const told = "require('../bin/bootstrap/place').told('npm run setup -- --verify，npm run notebooks')";
    assert.equal(own(told), 'npx tsdl setup --verify，npx tsdl run');
    assert.equal(own("require('../bin/bootstrap/place').home()"), path('link'));
  });
});
