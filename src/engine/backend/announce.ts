/** Says once, where the user looks, which device computes. */
import { say } from '../../../bin/bootstrap/language';
import type { Device } from './device';

/** The line (or, where something is amiss, the banner) for a device. */
export function announcement(device: Device): string {
  if (device.kind === 'js') {
    return [
      say({
        zh: '┌ 现在用纯 JavaScript 计算，没有使用原生 TensorFlow。',
        en: '┌ Computing in plain JavaScript, without native TensorFlow.',
      }),
      say({ zh: `│ 原因：${device.reason ?? '未知'}`, en: `│ Why: ${device.reason ?? 'unknown'}` }),
      say({
        zh: '│ 影响：训练慢几十倍，compile() 不起作用，只适合小例子；运算、网络层和图像变换与原生库通过同一组测试。',
        en: '│ What it means: training is tens of times slower and compile() has no effect, so for small examples only; operations, layers and image transforms pass the same tests as the native library.',
      }),
      say({
        zh: '└ 修复：npm run doctor 查看原因，npm run setup 安装原生库。',
        en: '└ What to do: npm run doctor tells the reason, npm run setup installs the native library.',
      }),
    ].join('\n');
  }
  const native = say({
    zh: `原生 TensorFlow ${device.tensorflow}`,
    en: `native TensorFlow ${device.tensorflow}`,
  });
  const line =
    device.kind === 'gpu'
      ? say({
          zh: `设备：GPU ${device.index ?? 0}（${device.name}），${native}`,
          en: `Device: GPU ${device.index ?? 0} (${device.name}), ${native}`,
        })
      : say({ zh: `设备：CPU（${device.name}），${native}`, en: `Device: CPU (${device.name}), ${native}` });
  return device.reason
    ? say({ zh: `${line}\n注意：${device.reason}`, en: `${line}\nNote: ${device.reason}` })
    : line;
}

const KERNEL = Symbol.for('tsdl.kernel');

/**
 * In a notebook the line is ordinary output of the cell (stderr there means trouble); elsewhere it goes to stderr, so
 * that a program's own output stays clean. TSDL_QUIET=1 leaves out all but the banners.
 */
export function announce(device: Device): void {
  const text = announcement(device);
  if (KERNEL in globalThis) console.log(text);
  else if (device.reason || process.env.TSDL_QUIET !== '1') process.stderr.write(`${text}\n`);
}
