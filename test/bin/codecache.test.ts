import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** Loads TensorFlow.js in a process of its own, and counts the scripts that V8 took from what was kept. */
const PROGRAM = `
  const vm = require('node:vm');
  let taken = 0;
  const Script = vm.Script;
  vm.Script = class extends Script {
    constructor(text, options) {
      super(text, options);
      if (options.cachedData && !this.cachedDataRejected) taken += 1;
    }
  };
  require('${join(ROOT, 'bin/bootstrap/codecache')}');
  const tf = require('@tensorflow/tfjs');
  tf.setBackend('cpu');
  console.log(JSON.stringify([taken, Array.from(tf.add([1, 2], 3).dataSync())]));
`;

describe('bin/bootstrap/codecache.js', function () {
  this.timeout(120_000);
  let home: string;
  const run = (): unknown => {
    const env = { ...process.env, TSDL_HOME: home, NODE_OPTIONS: '' };
    return JSON.parse(
      execFileSync(process.execPath, ['-e', PROGRAM], {
        cwd: ROOT,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
  };
  const folder = (): string => join(home, 'cache/v8');

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tsdl-code-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('keeps what V8 compiled where Node does not do it itself', function () {
    if ('enableCompileCache' in Module) this.skip();
    const [first, sum] = run() as [number, number[]];
    assert.deepEqual([first, sum], [0, [4, 5]]);
    assert.equal(readdirSync(folder()).length, 1);
    const [second, again] = run() as [number, number[]];
    assert.ok(second >= 5, `${second} scripts`);
    assert.deepEqual(again, sum);
  });

  it('takes nothing from a file that is not what was written', function () {
    if ('enableCompileCache' in Module) this.skip();
    run();
    const [name = ''] = readdirSync(folder());
    const bytes = readFileSync(join(folder(), name));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(join(folder(), name), bytes);
    assert.deepEqual(run(), [0, [4, 5]]);
  });

  it('asks Node to keep it where Node can', function () {
    if (!('enableCompileCache' in Module)) this.skip();
    assert.deepEqual(run(), [0, [4, 5]]);
    assert.ok(readdirSync(folder()).length > 0);
  });
});
