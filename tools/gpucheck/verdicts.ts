/** What the answers of the steps come to: passed or not, in one line, with the figures behind it. */
import { say } from '../../bin/bootstrap/language';

export interface Verdict {
  readonly passed: boolean;
  /** One line for the table. */
  readonly summary: string;
  /** What the step measured; goes into report.json as it is. */
  readonly figures?: unknown;
  /** More for report.md, in Markdown. */
  readonly details?: string;
}

/** Largest difference from PyTorch that counts as equal on a card with TF32 off. */
const LIMIT = 1e-4;
/** Memory may grow by this much, in MB, between the first and the last third of a long training. */
const FLAT_MB = 64;

/** The last line of JSON in what a program printed. */
function lastJson<T>(stdout: string): T | undefined {
  const line = stdout
    .trimEnd()
    .split('\n')
    .findLast((text) => text.startsWith('{'));
  return line === undefined ? undefined : (JSON.parse(line) as T);
}

const noAnswer = (code: number): Verdict => ({
  passed: false,
  summary: say({ zh: `没有结果（退出码 ${code}）`, en: `no result (exit code ${code})` }),
});

interface DoctorAnswer {
  readonly checks: readonly { id: string; state: string; value: string }[];
}

/** On a card the convolution has to have run there. */
export function judgeDoctor(kind: string, code: number, stdout: string): Verdict {
  const start = stdout.indexOf('{');
  const answer = start < 0 ? undefined : (JSON.parse(stdout.slice(start)) as DoctorAnswer);
  const device = answer?.checks.find(({ id }) => id === 'device');
  if (!device) return noAnswer(code);
  const placed = kind === 'cpu' || /ran on the GPU/.test(device.value);
  const passed = device.state !== 'fault' && placed;
  return { passed, summary: device.value, figures: answer?.checks };
}

/** On a card no test may have been skipped. */
export function judgeTests(kind: string, code: number, stdout: string): Verdict {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  const counts = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line);
  if (!counts) return noAnswer(code);
  const [passed = 0, failed = 0, skipped = 0] = counts.slice(1).map((count) => Number(count ?? 0));
  const ran = kind === 'cpu' || (passed > 0 && skipped === 0);
  return { passed: code === 0 && ran, summary: line, figures: { passed, failed, skipped } };
}

interface FidelityAnswer {
  readonly rows: readonly { name: string; forward: number; gradient?: number }[];
}

export function judgeFidelity(code: number, stdout: string): Verdict {
  const answer = lastJson<FidelityAnswer>(stdout);
  if (!answer) return noAnswer(code);
  const rows = answer.rows.map((row) => ({ ...row, worst: Math.max(row.forward, row.gradient ?? 0) }));
  const over = rows.filter(({ worst }) => !(worst <= LIMIT));
  const worst = rows.reduce((a, b) => (b.worst > a.worst ? b : a), rows[0] ?? { name: '–', worst: NaN });
  const summary = say({
    zh:
      `${rows.length} 项，最大差 ${worst.worst.toExponential(1)}（${worst.name}），` +
      `${over.length} 项超过 ${LIMIT.toExponential(0)}`,
    en:
      `${rows.length} compared, largest difference ${worst.worst.toExponential(1)} (${worst.name}), ` +
      `${over.length} above ${LIMIT.toExponential(0)}`,
  });
  return { passed: rows.length > 0 && over.length === 0, summary, figures: rows };
}

interface NotebooksAnswer {
  readonly status: string;
  readonly notebooks: readonly {
    notebook: string;
    seconds: number;
    device: string | null;
    peakMB: number | null;
    status: string;
    error: { message: string } | null;
  }[];
}

/** Whether a notebook's device (`gpu:1`) is the one asked for (`gpu:1`, or `gpu` for any). */
const isAsked = (device: string, asked: string): boolean =>
  device === asked || device.split(':')[0] === asked;

/** Every notebook has to pass, and those that compute on the device asked for. */
export function judgeNotebooks(asked: string, code: number, answer: NotebooksAnswer | undefined): Verdict {
  if (!answer) return noAnswer(code);
  const { notebooks } = answer;
  const elsewhere = notebooks.filter(({ device }) => device !== null && !isAsked(device, asked));
  const passed = notebooks.filter(({ status }) => status === 'passed').length;
  const lines = notebooks.map(
    ({ notebook, seconds, device, peakMB, status, error }) =>
      `| ${notebook} | ${seconds.toFixed(0)} | ${device ?? '–'} | ${peakMB ?? '–'} | ${status}${error ? `: ${error.message.split('\n')[0]}` : ''} |`,
  );
  const head = [
    say({
      zh: '| notebook | 秒 | 设备 | 内存峰值 MB | 结果 |',
      en: '| notebook | seconds | device | peak memory, MB | result |',
    }),
    '| :-- | --: | :-- | --: | :-- |',
  ];
  const strange =
    elsewhere.length > 0
      ? say({
          zh: `，${elsewhere.length} 个没有在 ${asked} 上计算`,
          en: `, ${elsewhere.length} did not compute on ${asked}`,
        })
      : '';
  return {
    passed: code === 0 && answer.status === 'passed' && elsewhere.length === 0,
    summary: say({
      zh: `${passed} / ${notebooks.length} 个通过${strange}`,
      en: `${passed} / ${notebooks.length} passed${strange}`,
    }),
    figures: notebooks,
    details: [...head, ...lines].join('\n'),
  };
}

interface BenchAnswer {
  readonly versions: readonly string[];
  readonly rows: readonly {
    name: string;
    title: string;
    tsdl_ms?: number;
    peer_ms?: number;
    ratio?: number;
  }[];
}

/** The targets: the CNN's step at most PyTorch's time, the whole program at most half. */
const TARGETS: Readonly<Record<string, number>> = { cnn: 1, program: 0.5 };

export function judgeBench(code: number, stdout: string, answer: BenchAnswer | undefined): Verdict {
  if (!answer || code !== 0) return noAnswer(code);
  const { rows } = answer;
  const unmeasured = rows.filter(({ tsdl_ms: ms }) => ms === undefined);
  const missed = rows.filter(({ name, ratio }) => ratio !== undefined && ratio > (TARGETS[name] ?? Infinity));
  const paired = rows.filter(({ ratio }) => ratio !== undefined).length;
  const misses = missed.map(({ name, ratio }) => `${name} ${ratio} > ${TARGETS[name]}`).join(', ');
  const unknown = unmeasured.map(({ name }) => name).join(', ');
  const summary = [
    say({
      zh: `${rows.length} 个负载，${paired} 个有 PyTorch 对照`,
      en: `${rows.length} workloads, ${paired} beside PyTorch`,
    }),
    ...(misses === '' ? [] : [say({ zh: `未达目标：${misses}`, en: `above the target: ${misses}` })]),
    ...(unknown === '' ? [] : [say({ zh: `没有测出：${unknown}`, en: `not measured: ${unknown}` })]),
  ].join(say({ zh: '；', en: '; ' }));
  const table = stdout.slice(stdout.indexOf('Medians in milliseconds'));
  const passed = missed.length === 0 && unmeasured.length === 0 && rows.length > 0;
  return { passed, summary, figures: answer, details: table.trim() };
}

interface SoakAnswer {
  readonly device: { kind: string; name: string };
  readonly steps: number;
  readonly stepMs: number;
  readonly loss: readonly [number, number];
  readonly first: { tensors: number; rssMb: number };
  readonly final: { tensors: number; rssMb: number };
}

/** Trained on the device asked for, learnt, and kept neither tensors nor memory. */
export function judgeSoak(kind: string, code: number, stdout: string): Verdict {
  const answer = lastJson<SoakAnswer>(stdout);
  if (!answer || code !== 0) return noAnswer(code);
  const { device, steps, stepMs, loss, first, final } = answer;
  const tensors = final.tensors - first.tensors;
  const grown = final.rssMb - first.rssMb;
  const summary = say({
    zh:
      `${steps} 步，每步 ${stepMs.toFixed(2)} 毫秒，损失 ${loss[0].toFixed(3)} → ${loss[1].toFixed(4)}，` +
      `张量 ${tensors > 0 ? '+' : ''}${tensors}，主机内存 ${grown > 0 ? '+' : ''}${grown} MB`,
    en:
      `${steps} steps of ${stepMs.toFixed(2)} ms, loss ${loss[0].toFixed(3)} → ${loss[1].toFixed(4)}, ` +
      `tensors ${tensors > 0 ? '+' : ''}${tensors}, host memory ${grown > 0 ? '+' : ''}${grown} MB`,
  });
  const passed = device.kind === kind && loss[1] < loss[0] / 2 && tensors <= 0 && grown <= FLAT_MB;
  return { passed, summary, figures: answer };
}

interface CudnnAnswer {
  readonly device: { kind: string };
  readonly limit: number;
  readonly rows: readonly { cell: string; directions: number; difference: number | null; error?: string }[];
  readonly milliseconds?: { readonly stepwise: number; readonly cudnn: number };
}

/** On a card cuDNN has to give the stepwise form's numbers; elsewhere it is not used. */
export function judgeCudnn(kind: string, code: number, stdout: string): Verdict {
  const answer = lastJson<CudnnAnswer>(stdout);
  if (!answer || code !== 0 || answer.device.kind !== kind) return noAnswer(code);
  const { rows, limit, milliseconds } = answer;
  if (kind === 'cpu')
    return {
      passed: rows.length === 0,
      summary: say({ zh: '没有显卡，逐步计算', en: 'no card, computed step by step' }),
      figures: answer,
    };
  const texts = rows.map(({ cell, directions, difference, error }) => {
    const name = say({
      zh: `${cell.toUpperCase()}${directions === 2 ? ' 双向' : ''}`,
      en: `${cell.toUpperCase()}${directions === 2 ? ', both directions' : ''}`,
    });
    return say({
      zh: `${name} ${difference === null ? (error ?? '失败') : difference.toExponential(1)}`,
      en: `${name} ${difference === null ? (error ?? 'failed') : difference.toExponential(1)}`,
    });
  });
  const times = milliseconds
    ? say({
        zh: `；LSTM 一步 ${milliseconds.cudnn.toFixed(1)} 毫秒（逐步计算 ${milliseconds.stepwise.toFixed(1)}）`,
        en: `; a step of the LSTM ${milliseconds.cudnn.toFixed(1)} ms (step by step ${milliseconds.stepwise.toFixed(1)})`,
      })
    : '';
  const good = rows.every(({ difference }) => difference !== null && difference <= Math.min(limit, LIMIT));
  return {
    passed: rows.length === 4 && good,
    summary: say({
      zh: `最大差：${texts.join('，')}${times}`,
      en: `largest differences: ${texts.join(', ')}${times}`,
    }),
    figures: answer,
  };
}

/** What the card's own memory adds to a verdict: it has to stay flat in a long training. */
export function judgeMemory(verdict: Verdict, use: { firstMb: number; lastMb: number } | undefined): Verdict {
  if (!use) return verdict;
  const grown = use.lastMb - use.firstMb;
  const summary = say({
    zh: `${verdict.summary}，显存 ${use.firstMb} → ${use.lastMb} MB`,
    en: `${verdict.summary}, card’s memory ${use.firstMb} → ${use.lastMb} MB`,
  });
  return { ...verdict, summary, passed: verdict.passed && grown <= FLAT_MB };
}
