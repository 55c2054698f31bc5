/** What the output of a pip that failed on requirements.txt asks of the user. */
import { causeOf, Fault, tail } from '../../bin/bootstrap/fault';
import type { Text } from '../../bin/bootstrap/language';

interface Reason {
  /** The package at fault, or an empty text where it is none; undefined where this is not the reason. */
  readonly find: (output: string) => string | undefined;
  readonly message: (what: string) => Text;
  readonly mend: Text;
}

const MIRROR: Text = {
  zh: '换一个镜像再运行：pip config set global.index-url <镜像地址>',
  en: 'use another mirror: pip config set global.index-url <its address>',
};
const because = (cause: 'disk' | 'network') => (output: string) =>
  causeOf(output) === cause ? '' : undefined;

/** The first that fits holds; a network that fails makes pip say that there is no such package, too. */
const REASONS: readonly Reason[] = [
  {
    find: because('disk'),
    message: () => ({
      zh: '磁盘已满，Python 包没有装完。',
      en: 'The disk is full; the Python packages are incomplete.',
    }),
    mend: { zh: '腾出空间后再运行同一条命令', en: 'free some space and run the same command again' },
  },
  {
    find: because('network'),
    message: () => ({
      zh: '下载 Python 包失败：连不上软件源。',
      en: 'The Python packages cannot be downloaded: the package index does not answer.',
    }),
    mend: { zh: `检查网络或代理；或${MIRROR.zh}`, en: `check the network or the proxy, or ${MIRROR.en}` },
  },
  {
    find: (output) => /DO NOT MATCH THE HASHES[^]*?^\s+([a-z0-9][\w.-]*==\S+)/im.exec(output)?.[1],
    message: (what) => ({
      zh: `软件源给的 ${what} 不是 requirements.txt 钉住的那一个（sha256 不同），没有安装。`,
      en: `The index gave a ${what} that is not the one of requirements.txt (another sha256); nothing was installed.`,
    }),
    mend: {
      zh: `清掉可能损坏的缓存：pip cache purge；或${MIRROR.zh}`,
      en: `empty a cache that may be damaged: pip cache purge, or ${MIRROR.en}`,
    },
  },
  {
    find: (output) => /No matching distribution found for (\S+)/.exec(output)?.[1],
    message: (what) => ({
      zh: `软件源没有 ${what}：镜像可能没有同步完。`,
      en: `The index has no ${what}: a mirror may lag behind.`,
    }),
    mend: MIRROR,
  },
];

const OTHER: Reason = {
  find: () => '',
  message: () => ({ zh: 'pip 安装 requirements.txt 失败。', en: 'pip could not install requirements.txt.' }),
  mend: { zh: '按下面的提示处理后再运行：npm run setup', en: 'do what it says below, then: npm run setup' },
};

/** The fault behind a failed pip: the first reason that its output names. */
export function pipFault(output: string): Fault {
  const { find, message, mend } = REASONS.find((reason) => reason.find(output) !== undefined) ?? OTHER;
  return new Fault(message(find(output) ?? ''), mend, tail(output, find === OTHER.find ? 12 : 4));
}
