import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { moduleEntries, neededPackages, unusedFile } from '../../../tools/gpupack/contents';
import { pinsFor } from '../../../tools/gpupack/wheelhouse';

describe('what gpu-pack takes along', () => {
  const packages = {
    '': {},
    'node_modules/vega': { dependencies: { d3: '1' } },
    'node_modules/d3': {},
    'node_modules/eslint': { dev: true, dependencies: { ajv: '1' } },
    'node_modules/ajv': { dev: true },
    'node_modules/mocha': { dev: true, dependencies: { glob: '1', diff: '1' } },
    'node_modules/mocha/node_modules/glob': { dev: true, dependencies: { diff: '1' } },
    'node_modules/glob': { dev: true, dependencies: { ajv: '1' } },
    'node_modules/diff': { dev: true },
  };

  it('takes the packages the check loads, and mocha with its own', () => {
    assert.deepEqual(neededPackages(packages), [
      'node_modules/d3',
      'node_modules/diff',
      'node_modules/mocha',
      'node_modules/mocha/node_modules/glob',
      'node_modules/vega',
    ]);
  });

  it('leaves maps, browser bundles and other systems’ binaries', () => {
    const unused = (path: string) => unusedFile(path, 'linux', 'x64');
    const left = [
      'a/b.js.map',
      '@tensorflow/tfjs/dist/tf.min.js',
      '@tensorflow/tfjs-core/dist/tf-core.es2017.js',
    ];
    assert.ok(
      [...left, 'zeromq/build/win32/x64/addon.node', 'zeromq/build/linux/arm64/x.node'].every(unused),
    );
    const kept = ['@tensorflow/tfjs/dist/tf.node.js', 'vega/build/vega.min.js', 'zeromq/build/manifest.json'];
    assert.ok(![...kept, 'zeromq/build/linux/x64/node/115/addon.node'].some(unused));
  });

  it('makes node_modules count as whole', () => {
    const entries = moduleEntries(join(__dirname, '../../..'), 'digest');
    const addons = entries.filter(({ to }) => to.endsWith('/addon.node'));
    const own = `node_modules/zeromq/build/${process.platform}/${process.arch}/`;
    assert.ok(addons.length > 0 && addons.every(({ to }) => to.startsWith(own)));
    const stamp = entries.at(-1);
    assert.ok(stamp && 'text' in stamp);
    const { lock, folders } = JSON.parse(stamp.text) as { lock: string; folders: string[] };
    assert.equal(lock, 'digest');
    assert.ok(folders.includes('typescript') && folders.includes('mocha') && !folders.includes('eslint'));
  });

  it('reads the pins of one Python, of whatever patch level', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tsdl-pins-'));
    const file = join(dir, 'requirements.txt');
    const text = [
      '# a comment',
      'nbclient==0.10.2 ; python_version < "3.10" \\',
      '    --hash=sha256:00 \\',
      '    --hash=sha256:01',
      'nbclient==0.11.0 ; python_version >= "3.10"',
      "ipykernel==7.3.0 ; python_full_version == '3.10.*'",
      "soupsieve==2.10 ; python_full_version < '3.10.5'",
      "soupsieve==4.1.2 ; python_full_version >= '3.10.5'",
      "pexpect==4.9.0 ; (os_name == 'nt' and sys_platform == 'cygwin') or sys_platform != 'win32'",
      'appnope==0.1.4 ; sys_platform == "darwin"',
      'six==1.17.0',
    ].join('\n');
    writeFileSync(file, text);
    const pins = async (python: string) => Object.fromEntries(await pinsFor(file, python));
    const always = { pexpect: '4.9.0', six: '1.17.0' };
    try {
      const since310 = { ...always, nbclient: '0.11.0', ipykernel: '7.3.0', soupsieve: '2.10' };
      assert.deepEqual(await pins('3.10'), since310);
      assert.deepEqual(await pins('3.9'), { ...always, nbclient: '0.10.2', soupsieve: '2.10' });
      writeFileSync(file, 'a==1 ; nonsense');
      await assert.rejects(pinsFor(file, '3.11'), SyntaxError);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
