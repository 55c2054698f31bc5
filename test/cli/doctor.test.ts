import assert from 'node:assert/strict';

import { plain } from '../../bin/bootstrap/language';
import { report } from '../../src/cli/doctor';
import { type Check, fault, ok, warning } from '../../src/cli/doctor/finding';
import { withoutSecrets } from '../../src/cli/doctor/registries';

const checks: Check[] = [
  ok('npm', plain('npm'), plain('11.0.0')),
  fault(
    'tensorflow',
    { zh: 'TensorFlow 库', en: 'TensorFlow library' },
    { zh: '没有安装', en: 'not installed' },
    'npm run setup',
  ),
  warning('device', { zh: '设备', en: 'Device' }, { zh: '闲置', en: 'idle' }, 'npm run setup -- --gpu'),
];

describe('the doctor’s report', () => {
  it('puts the mending command under each fault, and counts faults only', () => {
    assert.equal(
      report(checks, 'zh'),
      [
        '✔  npm            11.0.0',
        '✗  TensorFlow 库  没有安装',
        '   → npm run setup',
        '!  设备           闲置',
        '   → npm run setup -- --gpu',
        '',
        '发现 1 个问题，按箭头后的命令修复。',
      ].join('\n'),
    );
  });

  it('speaks English', () => {
    assert.match(report(checks, 'en'), /✗ {2}TensorFlow library {2}not installed/);
    assert.match(report(checks.slice(0, 1), 'en'), /No faults found\.$/);
  });

  it('never shows the password in a mirror’s address', () => {
    assert.equal(withoutSecrets('https://me:secret@mirror.test/simple'), 'https://mirror.test/simple');
    assert.equal(withoutSecrets('https://mirror.test/'), 'https://mirror.test/');
  });
});
