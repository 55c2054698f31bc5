import assert from 'node:assert/strict';

import stringWidth from 'string-width';

import { failureText } from '../../../src/cli/run/failure';
import type { Notebook } from '../../../src/cli/run/notebook';
import { duration, type NotebookReport, notRun, table } from '../../../src/cli/run/report';
import { fit, Screen } from '../../../src/cli/run/screen';

const passed: NotebookReport = {
  ...notRun('05-cnn', '/course/05-cnn.ipynb'),
  cells: 3,
  executed: 3,
  seconds: 61.2,
  device: 'cpu',
  peakMB: 812,
  status: 'passed',
};

function screen(tty: boolean) {
  const text: string[] = [];
  const clock = { now: 0 };
  const made = new Screen(11, { tty, columns: 60, write: (t) => void text.push(t), now: () => clock.now });
  return { made, clock, text };
}

describe('Screen', () => {
  it('rewrites one line on a terminal: notebook, cell, time, estimate, last output', () => {
    const { made, clock, text } = screen(true);
    made.startNotebook('05-cnn', 2, [true, false, true, true], 40);
    made.startCell();
    clock.now = 10;
    made.endCell(10);
    made.startCell();
    clock.now = 12;
    made.showOutput('轮 3 损失 0.1');
    assert.equal(text.at(-1), '\r\x1b[K[2/11] 05-cnn  单元 2/3  2.0 秒  约剩 28 秒  轮 3 损失 0.1');
    assert.ok(text.every((piece) => !piece.includes('\n')));
  });

  it('estimates from the pace so far when there was no run before', () => {
    const { made, clock, text } = screen(true);
    made.startNotebook('05-cnn', 1, [true, true, true, true], undefined);
    clock.now = 5;
    made.endCell(5);
    assert.match(text.at(-1) ?? '', /约剩 15 秒/);
  });

  it('elsewhere writes lines: each notebook, long cells, a sign of life every 30 s', () => {
    const { made, clock, text } = screen(false);
    made.startNotebook('05-cnn', 1, [true, true], undefined);
    made.startCell();
    made.endCell(0.1);
    made.startCell();
    for (clock.now = 1; clock.now < 65; clock.now++) made.draw();
    made.endCell(64);
    made.endNotebook(passed);
    assert.equal(text.length, 5);
    assert.equal(text[0], '[1/11] 05-cnn  2 个单元\n');
    assert.match(text[1] ?? '', /单元 2\/2 {2}30 秒/);
    assert.equal(text[4], '✓ [1/11] 05-cnn  1 分 01 秒  cpu  812 MB\n');
  });
});

describe('table()', () => {
  it('aligns columns by what a terminal shows, Chinese characters two wide', () => {
    assert.deepEqual(table([passed, notRun('06-rnn-lstm', '/course/06-rnn-lstm.ipynb')]).split('\n'), [
      'notebook     单元        用时  设备  内存峰值  结果',
      '───────────  ────  ──────────  ────  ────────  ──────',
      '05-cnn        3/3  1 分 01 秒  cpu     812 MB  通过',
      '06-rnn-lstm   0/0      0.0 秒  —            —  未运行',
    ]);
  });
});

describe('duration() and fit()', () => {
  it('say times as people do', () => {
    assert.deepEqual([0.04, 9.96, 59.7, 185].map(duration), [
      '0.0 秒',
      '10.0 秒',
      '1 分 00 秒',
      '3 分 05 秒',
    ]);
  });

  it('cut a line to the terminal, never through a character', () => {
    assert.equal(fit('训练 abc', 9), '训练 abc');
    assert.equal(stringWidth(fit('训练训练训练', 8)) <= 8, true);
    assert.ok(fit('训练训练训练', 8).endsWith('…'));
  });
});

describe('failureText()', () => {
  const entry = (error: Partial<NonNullable<NotebookReport['error']>>): NotebookReport => ({
    ...passed,
    status: 'failed',
    error: { kind: 'error', name: 'E', message: 'm', cell: 0, id: 'c-01', ...error },
  });
  const executed = { cells: [{ cell_type: 'code', metadata: {}, source: 'a\nb' }] } as unknown as Notebook;
  const files = { notebook: 'out/x.ipynb', log: { path: 'out/x.log', tail: 'Segmentation fault' } };

  it('shows place, numbered code, error and where the executed notebook lies', () => {
    const text = failureText(entry({ traceback: ['\x1b[31mline 2\x1b[0m'] }), executed, files, false);
    assert.equal(
      text,
      '✗ 05-cnn，第 1 个单元 (c-01)：出错\n\n   1 │ a\n   2 │ b\n\n    line 2\n\n  执行到此处的 notebook：out/x.ipynb',
    );
  });

  it('shows what a dead kernel wrote itself', () => {
    assert.match(failureText(entry({ kind: 'dead-kernel' }), executed, files, false), /Segmentation fault/);
    assert.doesNotMatch(failureText(entry({}), executed, files, false), /Segmentation fault/);
  });

  it('says how to mark expected stderr, and nothing about a notebook that was interrupted', () => {
    assert.match(failureText(entry({ kind: 'stderr', message: 'w' }), executed, files, false), /标签 stderr/);
    assert.equal(failureText(entry({ kind: 'interrupted' }), executed, files, false), '');
  });
});
