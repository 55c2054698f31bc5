import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runFolder, runNotebooks } from '../../support/notebookrun';

describe('tsdl run, stopped', function () {
  this.timeout(180_000);
  const folder = runFolder();
  let dir = '';
  before(() => (dir = folder()));

  it('ends the kernel on Ctrl-C, keeps what was executed and exits with 130', async () => {
    const marker = join(dir, 'kernel.pid');
    const code = `import os, time\nopen(${JSON.stringify(marker)}, "w").write(str(os.getpid()))\ntime.sleep(60)`;
    let timer: NodeJS.Timeout | undefined;
    const interrupt = (pid: number) =>
      setInterval(() => {
        if (!existsSync(marker)) return;
        clearInterval(timer);
        process.kill(pid, 'SIGINT');
      }, 50);
    const outcome = await runNotebooks(
      dir,
      { long: ['print("before")', code], after: ['1'] },
      { args: ['--junit', join(dir, 'stopped.xml')], onText: (_, pid) => (timer ??= interrupt(pid)) },
    );
    assert.equal(outcome.code, 130);
    const xml = readFileSync(join(dir, 'stopped.xml'), 'utf8');
    assert.match(xml, /<testsuites name="tsdl run" tests="3" failures="0" errors="1" skipped="1" /);
    assert.match(xml, /<error message="被中断" type="Interrupted">/);
    assert.deepEqual(
      [outcome.entry('long').error?.kind, outcome.entry('after').status],
      ['interrupted', 'not run'],
    );
    assert.match(JSON.stringify(outcome.executed('long').cells[0]?.outputs), /before/);
    assert.throws(() => process.kill(Number(readFileSync(marker, 'utf8')), 0), /ESRCH/);
  });

  it('leaves no JUnit file of an earlier run when it is killed', async () => {
    const junit = join(dir, 'killed.xml');
    writeFileSync(junit, '<testsuites/>');
    const onText = (text: string, pid: number) => text.includes('[1/1]') && process.kill(pid, 'SIGKILL');
    const cells = ['import time; time.sleep(40)'];
    await runNotebooks(dir, { killed: cells }, { args: ['--junit', junit], onText });
    assert.match(readFileSync(junit, 'utf8'), /<error message="执行失败: the run did not end" type="Error">/);
  });
});
