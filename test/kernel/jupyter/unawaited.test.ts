import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { safely, unawaited } from '../../../src/kernel/jupyter/unawaited';

describe('faults that no request waits for', () => {
  it('are told, the first of many only, and cut where they are long', async () => {
    const told: string[] = [];
    const write = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text: string | Uint8Array) => told.push(String(text)) > 0;
    try {
      for (let i = 0; i < 500; i++) safely(() => assert.fail('x'.repeat(10_000)));
      unawaited(Promise.reject(new Error('late')));
      await sleep(1);
    } finally {
      process.stderr.write = write;
    }
    assert.ok(told.length > 0 && told.length <= 20, `${told.length}`);
    for (const text of told) assert.ok(text.startsWith('tsdl kernel: ') && text.length < 2100);
  });
});
