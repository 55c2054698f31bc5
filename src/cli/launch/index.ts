/**
 * `tsdl launch --workers 4 train.ts`: one program in several processes that train one model.
 * @module tsdl/cli/launch
 */
import { spawn } from 'node:child_process';

import { Fault } from '../../../bin/bootstrap/fault';
import { say } from '../../../bin/bootstrap/language';
import { visible } from '../../../bin/bootstrap/visible';
import { runCrew } from '../../helpers/launch/crew';
import { cardsFor } from '../../helpers/launch/equipment';
import { type LaunchOptions, parseLaunch, USAGE } from './options';

/** Set for the launcher inside of the workers' own network. */
const ALONE = 'TSDL_ALONE';

/** Whether the exit code is the launcher's own, inside of the network. */
const isAlone = (): boolean => process.env[ALONE] === '1';

/** Runs this same command in a network of its own, which the kernel gives to an ordinary user together with a user. */
function inOwnNetwork(): Promise<number> {
  const [, entry = '', ...argv] = process.argv;
  const child = spawn('unshare', ['--map-root-user', '--net', '--', process.execPath, entry, ...argv], {
    stdio: 'inherit',
    env: { ...process.env, [ALONE]: '1' },
    detached: true,
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new Fault(
          {
            zh: `不能建立单独的网络：${error.message}`,
            en: `A network of its own cannot be made: ${error.message}`,
          },
          { zh: '安装 util-linux（unshare）', en: 'install util-linux (unshare)' },
        ),
      ),
    );
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => SIGNALS.forEach((signal) => process.off(signal, forward))) as Promise<number>;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

async function run({ plan, network, ...options }: LaunchOptions): Promise<number> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of SIGNALS) process.on(signal, abort);
  process.stdout.once('error', abort); // whoever read along has left: `tsdl launch … | head`
  const tell = (sentence: string) => process.stderr.write(`tsdl launch: ${sentence}\n`);
  try {
    const { code, reason } = await runCrew({
      ...plan,
      ...options,
      network,
      alone: isAlone(),
      inherit: plan.ranks.includes(0),
      print: (line, rank) => process.stdout.write(`[${rank}] ${visible(line)}\n`),
      signal: controller.signal,
      tell,
    });
    if (reason !== undefined) tell(reason);
    return code;
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}

/** Exit code 0 where all workers ended well, else theirs. */
export async function launch(argv: string[]): Promise<number> {
  if (argv.includes('--help') && !argv.some((word) => !word.startsWith('-'))) {
    console.log(say(USAGE));
    return 0;
  }
  const options = read(argv);
  return options.shareNothing && !isAlone() ? inOwnNetwork() : run(options);
}

function read(argv: string[]): LaunchOptions {
  try {
    return parseLaunch(argv, cardsFor(process.env));
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    throw new Fault({ zh: error.message, en: error.message }, 'tsdl launch --help');
  }
}
