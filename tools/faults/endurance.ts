/** Restarts and cells by the thousand: whether anything stays behind. */
import { FrontEnd, residentOf } from './frontend';
import { type Outcome, outcome } from './outcomes';

/** Memory at the end may be so much more than at a half. */
const ALLOWED = 0.1;

interface Mark {
  readonly server: number;
  readonly runtime: number;
}

/** Runs `step` so many times; marks at a tenth, at a half and at the end. */
async function marked(
  front: FrontEnd,
  count: number,
  step: (at: number) => Promise<boolean>,
): Promise<Mark[]> {
  const marks: Mark[] = [];
  for (let at = 1; at <= count; at++) {
    if (!(await step(at))) throw new Error(`step ${at} of ${count} failed`);
    const due = [Math.ceil(count / 10), Math.ceil(count / 2), count].filter((mark) => mark === at);
    if (due.length === 0) continue;
    const pid = Number((await front.run('process.pid')).result);
    const mark = { server: residentOf(front.pid), runtime: residentOf(pid) };
    marks.push(...due.map(() => mark)); // of a few steps one may be several marks
    const [server, runtime] = [mark.server.toFixed(0), mark.runtime.toFixed(0)];
    console.log(`  ${at} of ${count}: server ${server}, runtime ${runtime} MB`);
  }
  return marks;
}

const isFlat = ([, half, end]: readonly Mark[], name: keyof Mark): boolean =>
  half !== undefined && end !== undefined && end[name] < half[name] * (1 + ALLOWED);

const shown = (marks: readonly Mark[], name: keyof Mark): string =>
  `${name} ${marks.map((mark) => mark[name].toFixed(0)).join(', ')} MB at 10, 50, 100 %`;

/** The runtime ends and starts again, as after `process.exit()`; then the whole kernel, on the same sockets. */
export async function restarts(count: number): Promise<Outcome[]> {
  const front = await FrontEnd.open();
  try {
    const marks = await marked(front, count, async () => {
      const { error } = await front.run('process.exit(3)');
      return error.includes('exit code 3') && (await front.run('1 + 1')).result === '2';
    });
    const [left, files] = [front.descendants().length, front.temporaries().length];
    const first = outcome(
      `${count} restarts of the runtime`,
      `${shown(marks, 'server')}; ${left} processes below it, ${files} temporary files`,
      isFlat(marks, 'server') && left <= 2 && files === 0, // the runtime and its guard
    );
    const whole = Math.ceil(count / 10);
    let good = 0;
    for (let at = 0; at < whole; at++) {
      await front.stop(at % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      await front.start();
      good += (await front.answers()) ? 1 : 0;
    }
    const rest = front.temporaries().length;
    const last = `${good} answer, ${rest} temporary files`;
    return [
      first,
      outcome(`${whole} restarts of the kernel on its sockets`, last, good === whole && rest === 0),
    ];
  } finally {
    await front.close();
  }
}

/** Cells of the everyday kinds; each declares names that later ones declare again. */
const CELL = (at: number): string =>
  [
    `const value${at % 50} = ${at}; value${at % 50}`,
    `console.log('cell ${at}')`,
    `await Promise.resolve(${at})`,
    `function again${at % 20}(x: number) { return x + ${at} } again${at % 20}(1)`,
    `throw new Error('${at}')`,
  ][at % 5] ?? '';

/** One session of many cells. */
export async function longSession(cells: number): Promise<Outcome[]> {
  const front = await FrontEnd.open();
  const start = performance.now();
  try {
    const marks = await marked(front, cells, async (at) => (await front.run(CELL(at))).status === 'idle');
    const each = ((performance.now() - start) / cells).toFixed(1);
    const files = front.temporaries().length;
    const good = isFlat(marks, 'server') && isFlat(marks, 'runtime') && files === 0;
    const result = `${shown(marks, 'server')}; ${shown(marks, 'runtime')}; ${each} ms a cell, ${files} temporary files`;
    return [outcome(`${cells} cells in one session`, result, good)];
  } finally {
    await front.close();
  }
}
