/** The command line of `tsdl launch`. */
import { parseArgs } from 'node:util';

import { configPlan, hostsPlan, localPlan, type Plan } from '../../helpers/launch/roster';

/** The arguments, read. */
export interface LaunchOptions {
  readonly plan: Plan;
  readonly script: string;
  /** Those behind the script, for it. */
  readonly args: readonly string[];
  readonly restarts: number;
  /** Goes on from a checkpoint that is there already. */
  readonly resume: boolean;
  readonly network: string | undefined;
  /** Runs the workers in a network of their own, which no other user of the machine reaches. */
  readonly shareNothing: boolean;
  readonly patience: number;
  readonly gather: number;
}

/** What `--help` prints. */
export const USAGE = {
  zh: `用法：tsdl launch [选项] 程序.ts [程序的参数]

  --workers 4                   在这台机器上启动 4 个 worker（默认：每块显卡一个，没有显卡时 2 个）
  --hosts a:2222,b:2222         多台机器：所有 worker 的地址，每台机器上各运行一次这条命令
  --rank 0                      这台机器上的是第几个，从 0 数起
  --restarts 3                  有 worker 丢失时全部重新启动，最多 3 次，从上一个检查点继续（默认 0）
  --resume                      从程序的回调 checkpoint 留下的文件继续
  --interface eth1              worker 只在这个网络接口上应答（默认：自己地址所在的接口；本机运行时为 lo）
  --share-nothing               本机运行时放进单独的网络里，同一台机器的其他用户也连不上
  --patience 3                  多少秒没有应答就算丢失（默认 3）
  --gather 60                   启动时最多等多少秒（默认 60，多台机器时 300）

没有 --workers 和 --hosts 而设置了 TF_CONFIG 时（Kubernetes 等），启动其中的这一个 worker。
worker 之间没有密码：只在可信的私有网络里使用，见 docs/cluster.md。`,
  en: `usage: tsdl launch [options] PROGRAM.ts [the program's arguments]

  --workers 4                   starts 4 workers on this machine (by default one a card, or 2 where there is none)
  --hosts a:2222,b:2222         several machines: the addresses of all workers; run this command on each machine
  --rank 0                      which of them this machine has, counted from 0
  --restarts 3                  when a worker is lost, starts all anew from the last checkpoint, at most 3 times (0)
  --resume                      goes on from the file that the program's callback checkpoint has left
  --interface eth1              workers answer on this network device only (that of their address; lo on one machine)
  --share-nothing               on one machine: a network of their own, out of reach of the machine's other users
  --patience 3                  seconds without an answer after which a worker counts as lost (3)
  --gather 60                   seconds to wait for all workers at the start (60; with several machines 300)

Without --workers and --hosts but with TF_CONFIG set (Kubernetes and others), starts that one worker.
Workers ask each other for no password: trusted private networks only, see docs/cluster.md.`,
};

const FLAGS = {
  workers: { type: 'string' },
  hosts: { type: 'string' },
  rank: { type: 'string' },
  restarts: { type: 'string', default: '0' },
  resume: { type: 'boolean', default: false },
  interface: { type: 'string' },
  'share-nothing': { type: 'boolean', default: false },
  patience: { type: 'string', default: '3' },
  gather: { type: 'string' },
} as const;

const VALUED = Object.entries(FLAGS).flatMap(([name, { type }]) => (type === 'string' ? [`--${name}`] : []));

/** Where the script stands: what comes behind it is the script's own. */
function scriptAt(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (!word.startsWith('-')) return i;
    if (VALUED.includes(word)) i++;
  }
  throw new RangeError('Cannot launch: expected a program, got none');
}

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text !== '' && value >= least) return value;
  throw new RangeError(
    `Cannot launch: expected --${name} to be a number of at least ${least}, got "${text}"`,
  );
}

/** Seconds to wait for the workers of other machines, which somebody has to start, and for those of this one. */
const [GATHER, GATHER_HERE] = [300, 60];

/** Two workers where nothing says how many. */
const WORKERS = 2;

/**
 * Reads the command line.
 * @param cards how many cards this machine has
 * @throws RangeError or TypeError saying which argument is wrong
 */
export function parseLaunch(
  argv: readonly string[],
  cards: number,
  config = process.env.TF_CONFIG,
): LaunchOptions {
  const at = scriptAt(argv);
  const { values } = parseArgs({ args: argv.slice(0, at), options: FLAGS });
  const { workers, hosts, rank } = values;
  if (workers !== undefined && hosts !== undefined) {
    throw new RangeError('Cannot launch: expected --workers or --hosts, got both');
  }
  if ((hosts === undefined) !== (rank === undefined)) {
    throw new RangeError('Cannot launch: expected --hosts and --rank together, got one of them');
  }
  const plan = (): Plan => {
    if (hosts !== undefined) return hostsPlan(hosts.split(','), number('rank', rank ?? '', 0));
    if (workers === undefined && config) return configPlan(config);
    return localPlan(workers === undefined ? cards || WORKERS : number('workers', workers, 1));
  };
  const { hosts: addresses, ...found } = plan();
  if (values['share-nothing'] && addresses) {
    throw new RangeError(
      'Cannot launch: expected --share-nothing with workers of one machine, got --hosts or TF_CONFIG',
    );
  }
  return {
    plan: { ...found, ...(addresses && { hosts: addresses }) },
    script: argv[at] ?? '',
    args: argv.slice(at + 1),
    restarts: number('restarts', values.restarts, 0),
    resume: values.resume,
    network: values.interface,
    shareNothing: values['share-nothing'],
    patience: number('patience', values.patience, 1),
    gather: number('gather', values.gather ?? String(addresses ? GATHER : GATHER_HERE), 1),
  };
}
