/**
 * `tsdl doctor [--lang en] [--json]`: what is installed, what is wrong, and the command that mends it.
 * @module tsdl/cli/doctor
 */
import { Fault } from '../../../bin/bootstrap/fault';
import { type Language, language, say, type Text } from '../../../bin/bootstrap/language';
import { visible } from '../../../bin/bootstrap/visible';
import { packed } from '../../engine/backend/paths';
import { platformKey } from '../../engine/backend/wheels';
import { columns } from '../table';
import { checkCluster } from './cluster';
import type { Check } from './finding';
import { checkJupyter, checkKernelspec } from './jupyter';
import { checkNative } from './native';
import { checkMirrors } from './registries';
import {
  checkCache,
  checkCompiler,
  checkFonts,
  checkModules,
  checkNode,
  checkNpm,
  checkPython,
} from './system';

export type { Check } from './finding';
export type { Language, Text } from '../../../bin/bootstrap/language';

const SIGNS: Readonly<Record<Check['state'], string>> = { ok: '✔', fault: '✗', warning: '!', info: '·' };

/** All checks, in the order of the table. */
export async function examine(): Promise<Check[]> {
  const [npm, compiler, fonts, jupyter, mirrors] = await Promise.all([
    checkNpm(),
    checkCompiler(),
    checkFonts(),
    checkJupyter(),
    checkMirrors(),
  ]);
  const native = await checkNative();
  const modules = packed ? [] : [checkModules()]; // a package's dependencies are its installer's affair
  const before = [checkNode(), npm, ...modules, checkPython(), compiler];
  return [...before, ...native, checkKernelspec(), jupyter, fonts, checkCache(), ...mirrors];
}

/** The table: a sign, a name, what was found, and below it what mends it. */
export function report(checks: readonly Check[], lang: Language): string {
  const table = columns(checks.map((check) => [SIGNS[check.state], check.label[lang], check.value[lang]]));
  const lines = table.flatMap((line, i) => {
    const mend = checks[i]?.mend;
    return mend ? [line, `   → ${mend}`] : [line];
  });
  const faults = checks.filter((check) => check.state === 'fault').length;
  const end: Text = {
    zh: faults === 0 ? '没有发现问题。' : `发现 ${faults} 个问题，按箭头后的命令修复。`,
    en:
      faults === 0
        ? 'No faults found.'
        : `${faults} fault(s) found; the commands behind the arrows mend them.`,
  };
  return [...lines, '', end[lang]].join('\n');
}

/** The language asked for with --lang, which is then that of the screen; else the screen's. */
function chosenLanguage(argv: readonly string[]): Language {
  const at = argv.indexOf('--lang');
  const value = at >= 0 ? argv[at + 1] : (argv.find((a) => a.startsWith('--lang='))?.slice(7) ?? language());
  if (value === 'zh' || value === 'en') {
    process.env.TSDL_LANG = value;
    return value;
  }
  throw new Fault(
    {
      zh: `--lang 只能是 zh 或 en，得到 ${value ?? '空'}。`,
      en: `--lang is zh or en, not ${value ?? 'nothing'}.`,
    },
    'npm run doctor -- --lang en',
  );
}

/** The arguments of `--cluster`, which are those of `tsdl launch`. */
const withoutOwn = (argv: readonly string[]): string[] =>
  argv.filter((word, i) => !/^--(cluster|json|lang(=.*)?)$/.test(word) && argv[i - 1] !== '--lang');

function json(checks: readonly Check[], lang: Language): string {
  const flat = checks.map(({ id, label, state, value, mend }) => ({
    id,
    label: label[lang],
    state,
    value: value[lang],
    ...(mend && { mend }),
  }));
  const ok = checks.every((check) => check.state !== 'fault');
  return JSON.stringify({ ok, platform: platformKey(), checks: flat }, null, 2);
}

/** Exit code 1 where a fault was found. */
export async function doctor(argv: string[]): Promise<number> {
  const lang = chosenLanguage(argv);
  if (argv.includes('--help')) {
    console.log(
      say({
        zh: 'tsdl doctor [--lang zh|en] [--json]：检查安装；有问题时退出码为 1\n  --cluster [--workers 4 | --hosts a:2222,b:2222 --rank 0]：多个 worker 能否互相找到，求和要多久',
        en:
          'tsdl doctor [--lang zh|en] [--json]: looks at the installation; exit code 1 where something is wrong\n' +
          '  --cluster [--workers 4 | --hosts a:2222,b:2222 --rank 0]: whether workers find each other, and how fast they add',
      }),
    );
    return 0;
  }
  const cluster = argv.includes('--cluster');
  const checks = cluster ? await checkCluster(withoutOwn(argv)) : await examine();
  console.log(argv.includes('--json') ? json(checks, lang) : visible(report(checks, lang)));
  return checks.some((check) => check.state === 'fault') ? 1 : 0;
}
