/** The tools the machine has to bring: Node, npm, Python, a compiler; and the font and the cache. */
import { existsSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { runChild } from '../../../bin/bootstrap/child';
import { Fault } from '../../../bin/bootstrap/fault';
import { mendOf, refusal } from '../../../bin/bootstrap/kept';
import { plain, say } from '../../../bin/bootstrap/language';
import { modulesReady } from '../../../bin/bootstrap/modules';
import { size } from '../../../bin/bootstrap/progress';
import { cacheDir, canKeepIn, PROJECT, userCacheDir } from '../../engine/backend/paths';
import { compilerHint, findCompiler } from '../../setup/compiler';
import { bytesBelow } from '../../setup/fetch';
import { requirePython } from '../../setup/interpreter';
import { type Check, fault, info, ok, warning } from './finding';

/** Which Node runs this. */
export function checkNode(): Check {
  const label = plain('Node.js');
  // bin/tsdl.js has turned older versions away
  return ok('node', label, {
    zh: `${process.version}，${process.execPath}`,
    en: `${process.version}, ${process.execPath}`,
  });
}

/** Whether npm is there, which setup fetches packages by. */
export async function checkNpm(): Promise<Check> {
  const label = plain('npm');
  const { code, output } = await runChild('npm', ['--version', '--loglevel=error'], { cwd: PROJECT });
  const version = /^\d+\.\d+\.\d+\S*$/m.exec(output)?.[0];
  if (code === 0 && version) return ok('npm', label, plain(version));
  return fault('npm', label, { zh: '找不到 npm', en: 'npm is not on the PATH' }, 'https://nodejs.org');
}

/** Whether node_modules is what package-lock.json says. */
export function checkModules(): Check {
  const label = { zh: 'npm 依赖', en: 'npm packages' };
  if (modulesReady(PROJECT)) return ok('modules', label, { zh: '齐全', en: 'all there' });
  const value = {
    zh: '不齐，或与 package-lock.json 不符',
    en: 'incomplete, or other than package-lock.json',
  };
  return fault('modules', label, value, 'npm run setup');
}

/** Whether there is a Python that the environment can be made with. */
export function checkPython(): Check {
  const label = plain('Python');
  try {
    const { version, command } = requirePython();
    return ok('python', label, { zh: `${version}（${command}）`, en: `${version} (${command})` });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return fault('python', label, plain(error.message), error.mend);
  }
}

/** Whether there is a C++ compiler, which the binding is built with. */
export async function checkCompiler(): Promise<Check> {
  const label = { zh: 'C++ 编译器', en: 'C++ compiler' };
  const compiler = await findCompiler();
  if (compiler) return ok('compiler', label, plain(compiler.version));
  return fault('compiler', label, { zh: '找不到', en: 'none found' }, compilerHint());
}

const FONT_PACKAGE = '@embedpdf/fonts-sc/package.json';

/** Charts are drawn with the font from npm; the system's serves the terminal and PDF handouts. */
export async function checkFonts(): Promise<Check> {
  const label = { zh: '中文字体', en: 'Chinese font' };
  const { code, output } = await runChild('fc-list', [':lang=zh', 'family']);
  const families = output.split('\n').filter(Boolean);
  const system = code === 0 && families.length > 0 ? (families[0]?.split(',')[0] ?? '') : '';
  const bundled = isInstalled(FONT_PACKAGE);
  if (bundled && system) {
    return ok('fonts', label, {
      zh: `自带 Noto Sans；系统：${system}`,
      en: `Noto Sans (bundled); system: ${system}`,
    });
  }
  if (bundled || system) {
    const what = {
      zh: bundled ? '自带 Noto Sans（系统里没有，只影响 PDF 讲义）' : `系统：${system}`,
      en: bundled ? 'Noto Sans (bundled); none in the system, which PDF handouts need' : `system: ${system}`,
    };
    return info('fonts', label, what, bundled ? 'sudo apt install fonts-noto-cjk' : undefined);
  }
  return warning(
    'fonts',
    label,
    { zh: '没有，图中的中文会是方框', en: 'none: charts show boxes' },
    'npm run setup',
  );
}

function isInstalled(specifier: string): boolean {
  try {
    return existsSync(createRequire(__filename).resolve(specifier));
  } catch (error) {
    // a package whose `exports` hide its package.json is installed all the same
    return (error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

const LEAST_FREE = 1e9;

/** Whether there is a folder that downloads can be kept in. */
export function checkCache(): Check {
  const label = { zh: '缓存', en: 'Cache' };
  const [shared, own] = [cacheDir(), userCacheDir()];
  const dir = [shared, own].find(canKeepIn);
  if (dir === undefined) {
    const value = { zh: `${shared} 和 ${own} 都不可写`, en: `neither ${shared} nor ${own} can be written` };
    return fault(
      'cache',
      label,
      value,
      say({
        zh: 'export XDG_CACHE_HOME=<可写的文件夹>',
        en: 'export XDG_CACHE_HOME=<a folder that can be written>',
      }),
    );
  }
  const why = refusal();
  if (why) {
    const value = { zh: `代码不放在共用的缓存里：${why.zh}`, en: `no code in the shared cache: ${why.en}` };
    return warning('cache', label, value, mendOf());
  }
  const { bavail, bsize } = statfsSync(dir);
  const [used, free] = [size(bytesBelow(dir)), size(bavail * bsize)];
  const value = {
    zh: `${dir}（${used}，磁盘剩余 ${free}）`,
    en: `${dir} (${used}, ${free} free on the disk)`,
  };
  return bavail * bsize < LEAST_FREE
    ? warning('cache', label, value, `du -sh ${join(dir, '*')}`)
    : ok('cache', label, value);
}
