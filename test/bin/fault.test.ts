import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const REPORT = `
  const { Fault, report } = require('${resolve(__dirname, '../../bin/bootstrap/fault')}');
  const { spawnSync } = require('node:child_process');`;

/** What `report` prints about the error of an expression. */
function told(expression: string): string {
  const { stderr } = spawnSync(
    process.execPath,
    ['-e', `${REPORT} process.exitCode = report(${expression});`],
    {
      env: { ...process.env, TSDL_LANG: 'en' },
      encoding: 'utf8',
    },
  );
  return stderr;
}

describe('report', () => {
  it('prints a fault as its sentence, its mend and its details, without a stack', () => {
    const text = told(`new Fault({ zh: '', en: 'It broke.' }, 'npm run doctor', '    last line')`);
    assert.equal(text, '\n✗ It broke.\n  → npm run doctor\n    last line\n');
  });

  it('tells a file that cannot be written from a program that cannot be started', () => {
    const failed = (code: string, syscall: string) =>
      `Object.assign(new Error('${code}'), { code: '${code}', syscall: '${syscall}', path: '/opt/x' })`;
    assert.match(told(failed('EROFS', 'open')), /✗ \/opt\/x cannot be written/);
    assert.match(
      told(failed('EACCES', 'spawn /opt/x')),
      /✗ \/opt\/x cannot be started: .*\n {2}→ let this account/,
    );
    assert.match(told(`spawnSync('${__filename}', []).error`), /fault\.test\.ts cannot be started/);
    assert.match(told(failed('ENOSPC', 'write')), /The disk is full/);
  });

  it('prints the whole of an error that nobody expected', () => {
    assert.match(told(`new TypeError('odd')`), /^TypeError: odd\n {4}at /);
  });
});
