/** Tries the native binding in a child process. */
import { join } from 'node:path';

import { runChild } from '../../bin/bootstrap/child';
import { say } from '../../bin/bootstrap/language';

/** TensorFlow as it loads and computes in a process of its own. */
export interface Probe {
  readonly ok: true;
  readonly version: string;
  readonly gpu: boolean;
  /** Whether a convolution gave the right number, where one was asked for. */
  readonly convolution?: boolean;
  /** Paths of the CUDA libraries that were loaded by the end. */
  readonly libraries: readonly string[];
  /** TensorFlow's log lines: why a GPU is not used, say. */
  readonly log: readonly string[];
}

/** Why TensorFlow does not load. */
export interface FailedProbe {
  readonly ok: false;
  readonly error: string;
  readonly log: readonly string[];
}

interface Answer {
  version: string;
  gpu: boolean;
  product: number[];
  convolution?: number;
  libraries: string[];
}

const SCRIPT = join(__dirname, '../engine/backend/trial.js');

/** Loads `binding` in a child process and lets it compute; `env` overrides the environment. */
export async function probe(
  binding: string,
  { convolution = false, env = {} }: { convolution?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Probe | FailedProbe> {
  const { code, output } = await runChild(
    process.execPath,
    [SCRIPT, binding, ...(convolution ? ['convolution'] : [])],
    { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '0', ...env } },
  );
  const lines = output.split('\n').filter(Boolean);
  const line = lines.find((text) => text.startsWith('{"version"'));
  const log = lines.filter((text) => text !== line);
  const answer = line === undefined ? undefined : (JSON.parse(line) as Answer);
  if (code !== 0 || !answer) {
    const reason = log.find((text) => /Error|error|undefined symbol|invalid ELF/.test(text)) ?? log.at(-1);
    return {
      ok: false,
      error:
        reason ??
        say({ zh: `进程异常退出（退出码 ${code}）`, en: `the process ended with exit code ${code}` }),
      log,
    };
  }
  if (answer.product.join() !== '7,10,15,22') {
    return {
      ok: false,
      error: say({
        zh: `矩阵乘法结果不对：${answer.product.join(', ')}`,
        en: `a matrix product gives wrong numbers: ${answer.product.join(', ')}`,
      }),
      log,
    };
  }
  const right = answer.convolution === undefined ? undefined : answer.convolution === 36;
  const { version, gpu, libraries } = answer;
  return { ok: true, version, gpu, convolution: right, libraries, log };
}
