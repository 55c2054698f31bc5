import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';

import type { CompileResult } from '../../../src/kernel/link/messages';
import { LanguageThread } from '../../../src/kernel/server/language-thread';

describe('LanguageThread', function () {
  this.timeout(60_000);
  let thread: LanguageThread;

  before(() => {
    thread = new LanguageThread(resolve(__dirname, '../../../bin/kernel.js'));
  });
  after(() => end());

  const end = (): Promise<unknown> => (thread as unknown as { worker: Worker }).worker.terminate();
  const compile = (code: string): Promise<CompileResult> => thread.call('compile', { code });
  const run = async (code: string): Promise<readonly number[]> => {
    const result = await compile(code);
    await thread.commit([]);
    return 'diagnostics' in result ? result.diagnostics.map((diagnostic) => diagnostic.code) : [];
  };

  it('starts anew after its end with what earlier cells declared; what was asked meanwhile is an error', async () => {
    assert.deepEqual(await run(`const kept = 'text'; interface Point { x: number }`), []);
    // Enough for the first declarations to settle.
    for (let i = 0; i < 3; i++) await run(`const filler${i} = { a${'x'.repeat(4000)}: 1 }`);
    const asked = compile('kept.length');
    await end();
    await assert.rejects(asked, /^Error: Cannot compile: the compiler ended \(.*\); it starts anew/);
    assert.deepEqual(await run('const point: Point = { x: kept.length }'), []);
    await end();
    assert.deepEqual(await run('point.x.trim()'), [2339]);
    assert.deepEqual(await run('point.x.toFixed() + kept.trim()'), []);
  });
});
