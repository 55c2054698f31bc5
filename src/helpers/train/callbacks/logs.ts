/** Logs of a run: files and lines in a terminal. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

import { plain, say, type Text } from '../../../../bin/bootstrap/language';
import { writeWhole } from '../../files/cache';
import type { EpochLog } from '../history';
import type { Callback } from './callback';

function begin(path: string, resumed: boolean): void {
  if (!resumed || !existsSync(path)) return writeWhole(path, '');
  const last = readFileSync(path).at(-1) ?? NEWLINE;
  if (last !== NEWLINE) appendFileSync(path, '\n'); // a kill or a full disk cut a line: what follows is one of its own
}

const NEWLINE = 10;

/** Writes one line of comma-separated values an epoch, after a line of names. A resumed run appends. */
export function csvLog(path: string): Callback {
  let empty = true;
  return {
    name: 'csvLog',
    writes: true,
    onStart({ resumed, history }) {
      begin(path, resumed);
      empty = history.epochs.length === 0;
    },
    onEpochEnd(log) {
      if (empty) appendFileSync(path, `${Object.keys(log).join(',')}\n`);
      empty = false;
      appendFileSync(path, `${Object.values(log).join(',')}\n`);
    },
  };
}

/** Writes one JSON object a line and epoch. A resumed run appends. */
export function jsonLog(path: string): Callback {
  return {
    name: 'jsonLog',
    writes: true,
    onStart: ({ resumed }) => begin(path, resumed),
    onEpochEnd: (log) => appendFileSync(path, `${JSON.stringify(log)}\n`),
  };
}

const NAMES: Readonly<Record<string, Text>> = {
  loss: { zh: '训练损失', en: 'loss' },
  accuracy: { zh: '训练准确率', en: 'accuracy' },
  validLoss: { zh: '验证损失', en: 'validation loss' },
  validAccuracy: { zh: '验证准确率', en: 'validation accuracy' },
  lr: { zh: '学习率', en: 'learning rate' },
};

/** A recorded value as a user wants it: shares as percentages, rates short. */
export function formatValue(key: string, value: number): string {
  if (/accuracy|top\d|precision|recall|f1/i.test(key)) return `${(value * 100).toFixed(2)}%`;
  if (key === 'lr') return String(Number(value.toPrecision(3)));
  if (key === 'seconds') return `${value.toFixed(value < 10 ? 1 : 0)} s`;
  return value.toFixed(4);
}

/** One epoch as a line of text. */
export function epochLine(log: EpochLog, epochs: number): string {
  const values = Object.entries(log)
    .filter(([key]) => key !== 'epoch' && key !== 'seconds')
    .map(([key, value]) => `${say(NAMES[key] ?? plain(key))} ${formatValue(key, value)}`);
  return say({
    zh: `第 ${log.epoch}/${epochs} 轮  ${values.join('  ')}  ${formatValue('seconds', log.seconds)}`,
    en: `epoch ${log.epoch}/${epochs}  ${values.join('  ')}  ${formatValue('seconds', log.seconds)}`,
  });
}

/** Prints one line an epoch: what `fit` does where nothing better can be shown. */
export function lineLog(print: (line: string) => void = console.log): Callback {
  return { name: 'lineLog', onEpochEnd: (log, { epochs }) => print(epochLine(log, epochs)) };
}
