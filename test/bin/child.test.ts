import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

import { runChild } from '../../bin/bootstrap/child';

describe('runChild', () => {
  it('gives the exit code and the output of both streams, line by line', async () => {
    const lines: string[] = [];
    const script = 'echo one; echo two >&2; exit 3';
    const { code, output } = await runChild('sh', ['-c', script], { onLine: (line) => lines.push(line) });
    assert.equal(code, 3);
    assert.deepEqual(lines.sort(), ['one', 'two']);
    assert.match(output, /one/);
  });

  it('gives 127 for a program that does not exist', async () => {
    assert.equal((await runChild('no-such-program-of-tsdl', [])).code, 127);
  });

  it('gives 126 and the reason for a file that may not be started', async () => {
    const { code, output } = await runChild(__filename, []);
    assert.equal(code, 126);
    assert.match(output, /^spawn .*child\.test\.ts EACCES$/);
  });

  it('ends the child when it is interrupted, and leaves signals alone when nothing runs', async () => {
    const before = process.listenerCount('SIGINT');
    await runChild('true', []);
    assert.equal(process.listenerCount('SIGINT'), before);
    const path = resolve(__dirname, '../../bin/bootstrap/child');
    const code = `
      const { runChild } = require('${path}');
      void runChild('sh', ['-c', 'echo $$; exec sleep 60'], { onLine: (line) => console.log(line) });`;
    const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = await new Promise<string[]>((done) =>
      parent.stdout.once('data', (chunk: Buffer) => done(chunk.toString().split('\n'))),
    );
    parent.kill('SIGINT');
    assert.equal(await new Promise((done) => parent.once('close', done)), 130);
    for (let alive = true; alive;) {
      try {
        process.kill(Number(pid), 0);
        await new Promise((done) => setTimeout(done, 20));
      } catch {
        alive = false;
      }
    }
  });
});
