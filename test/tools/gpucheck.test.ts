import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { deviceText } from '../../src/cli/run/report';
import { requireCards } from '../../tools/gpucheck';
import { parseOptions } from '../../tools/gpucheck/options';
import { type GpuReport, markdown, writeReport } from '../../tools/gpucheck/report';
import { parseSamples, summarize, watchCard } from '../../tools/gpucheck/sampler';
import { checkSteps } from '../../tools/gpucheck/steps';
import {
  judgeBench,
  judgeCudnn,
  judgeDoctor,
  judgeFidelity,
  judgeMemory,
  judgeNotebooks,
  judgeSoak,
  judgeTests,
} from '../../tools/gpucheck/verdicts';

describe('the options of gpu-check', () => {
  it('reads the card, and which steps', () => {
    const options = parseOptions(['--device', 'gpu:1', '--only', 'doctor,bench', '--quick']);
    assert.deepEqual([options.kind, options.card, options.quick], ['gpu', 1, true]);
    assert.deepEqual(options.only, ['doctor', 'bench']);
    assert.deepEqual([parseOptions([]).kind, parseOptions(['--device', 'cpu']).kind], ['gpu', 'cpu']);
  });

  it('says what is wrong', () => {
    assert.throws(() => parseOptions(['--device', 'cuda']), {
      name: 'Fault',
      message: 'Cannot check: expected --device gpu, gpu:1 or cpu, got "cuda"',
    });
    assert.throws(() => parseOptions(['--only', 'doctor,gym']), /got "gym"/);
    assert.throws(() => parseOptions(['--profile', 'long']), /expected --profile smoke or full/);
  });

  it('names every step it can be asked for', () => {
    const options = parseOptions([]);
    assert.deepEqual(
      checkSteps(options).map(({ name }) => name),
      options.only,
    );
  });
});

describe('the verdicts of gpu-check', () => {
  const doctor = (value: string, state = 'ok') =>
    `${JSON.stringify({ ok: true, checks: [{ id: 'device', state, value }] }, null, 2)}\n`;

  it('want a convolution on the card', () => {
    const used = doctor('GPU 0 NVIDIA H200 …; a convolution ran on the GPU (cuDNN 9.28.0)');
    assert.equal(judgeDoctor('gpu', 0, used).passed, true);
    assert.equal(judgeDoctor('gpu', 0, doctor('CPU: EPYC, 2 cores')).passed, false);
    assert.equal(judgeDoctor('cpu', 0, doctor('CPU: EPYC, 2 cores')).passed, true);
    assert.equal(judgeDoctor('gpu', 1, 'no JSON').passed, false);
  });

  it('want every marked test run on a card, and let them be skipped elsewhere', () => {
    const skipped = 'x\n0 passed, 0 failed, 5 skipped\n';
    assert.equal(judgeTests('gpu', 0, skipped).passed, false);
    assert.equal(judgeTests('cpu', 0, skipped).passed, true);
    assert.equal(judgeTests('gpu', 0, '7 passed, 0 failed\n').passed, true);
    assert.equal(judgeTests('gpu', 1, '6 passed, 1 failed\n').passed, false);
    assert.equal(judgeTests('gpu', 0, 'crashed').passed, false);
  });

  it('hold every layer and model to 1e-4, NaN included', () => {
    const rows = (...values: (number | null)[]) =>
      JSON.stringify({ rows: values.map((forward, i) => ({ name: `l${i}`, forward, gradient: 1e-6 })) });
    assert.equal(judgeFidelity(1, `log\n${rows(1e-7, 9e-5)}\n`).passed, true);
    const over = judgeFidelity(0, rows(1e-7, 2e-4));
    assert.equal(over.passed, false);
    assert.match(over.summary, /2 项，最大差 2\.0e-4（l1），1 项超过 1e-4/);
    assert.equal(judgeFidelity(0, rows()).passed, false);
  });

  it('want the notebooks on the device asked for', () => {
    const entry = {
      notebook: '05-cnn',
      seconds: 9,
      device: 'gpu',
      peakMB: 900,
      status: 'passed',
      error: null,
    };
    const answer = { status: 'passed', notebooks: [entry, { ...entry, notebook: '01', device: null }] };
    assert.equal(judgeNotebooks('gpu', 0, answer).passed, true);
    const elsewhere = { ...answer, notebooks: [{ ...entry, device: 'cpu' }] };
    assert.match(judgeNotebooks('gpu', 0, elsewhere).summary, /1 个没有在 gpu 上计算/);
    assert.equal(judgeNotebooks('gpu', 0, elsewhere).passed, false);
    assert.equal(judgeNotebooks('gpu', 1, undefined).passed, false);
  });

  it('want the card asked for by its number', () => {
    assert.deepEqual([{ kind: 'gpu', index: 1 }, { kind: 'cpu' }, {}, null].map(deviceText), [
      'gpu:1',
      'cpu',
      null,
      null,
    ]);
    const printed = [{ kind: {} }, { kind: 5 }, { kind: ['gpu'] }]; // by a cell that stands in for the device
    assert.deepEqual(printed.map(deviceText), [null, null, null]);
    assert.equal(deviceText({ kind: 'gpu', index: {} }), 'gpu');
    const entry = { notebook: '05-cnn', seconds: 9, peakMB: 900, status: 'passed', error: null };
    const on = (device: string) => ({ status: 'passed', notebooks: [{ ...entry, device }] });
    assert.equal(judgeNotebooks('gpu', 0, on('gpu:0')).passed, true);
    assert.equal(judgeNotebooks('gpu:1', 0, on('gpu:1')).passed, true);
    assert.equal(judgeNotebooks('gpu:1', 0, on('gpu:0')).passed, false);
    assert.equal(judgeNotebooks('cpu', 0, on('gpu:0')).passed, false);
  });

  it('want cuDNN’s LSTM and GRU to give the stepwise form’s numbers', () => {
    const row = { cell: 'lstm', directions: 1, difference: 1e-6 };
    const answer = (rows: object[], kind = 'gpu') =>
      `设备\n${JSON.stringify({ device: { kind }, limit: 1e-4, rows, milliseconds: { stepwise: 20, cudnn: 4 } })}\n`;
    const rows = [
      row,
      { ...row, directions: 2 },
      { ...row, cell: 'gru' },
      { ...row, cell: 'gru', directions: 2 },
    ];
    const good = judgeCudnn('gpu', 0, answer(rows));
    assert.equal(good.passed, true);
    assert.match(good.summary, /LSTM 1\.0e-6，LSTM 双向 .*LSTM 一步 4\.0 毫秒（逐步计算 20\.0）/);
    assert.equal(judgeCudnn('gpu', 0, answer(rows.slice(1))).passed, false);
    assert.equal(
      judgeCudnn('gpu', 0, answer([...rows.slice(1), { ...row, difference: 2e-4 }])).passed,
      false,
    );
    const failed = judgeCudnn(
      'gpu',
      0,
      answer([...rows.slice(1), { ...row, difference: null, error: 'no cuDNN' }]),
    );
    assert.equal(failed.passed, false);
    assert.match(failed.summary, /LSTM no cuDNN/);
    assert.equal(judgeCudnn('gpu', 0, answer([], 'cpu')).passed, false);
    assert.equal(judgeCudnn('cpu', 0, answer([], 'cpu')).passed, true);
  });

  it('name the workloads that miss their target', () => {
    const row = (name: string, ratio?: number) => ({
      name,
      title: name,
      tsdl_ms: 1,
      ...(ratio && { ratio }),
    });
    const answer = (...rows: ReturnType<typeof row>[]) => ({ versions: [], rows });
    assert.equal(judgeBench(0, '', answer(row('cnn', 0.9), row('program', 0.5), row('mlp', 3))).passed, true);
    const missed = judgeBench(0, '', answer(row('cnn', 1.2), row('program', 0.7)));
    assert.equal(missed.passed, false);
    assert.match(missed.summary, /未达目标：cnn 1\.2 > 1, program 0\.7 > 0\.5/);
    assert.equal(judgeBench(0, '', answer({ name: 'cnn', title: 'cnn' } as never)).passed, false);
  });

  it('want a long training to learn, on the device, in flat memory', () => {
    const soak = (kind: string, tensors: number, rss: number, loss: number[]) =>
      JSON.stringify({
        device: { kind, name: 'x' },
        steps: 300,
        stepMs: 1.5,
        loss,
        first: { tensors: 30, rssMb: 900 },
        final: { tensors, rssMb: rss },
      });
    assert.equal(judgeSoak('gpu', 0, soak('gpu', 30, 910, [2, 0.1])).passed, true);
    assert.equal(judgeSoak('gpu', 0, soak('cpu', 30, 910, [2, 0.1])).passed, false);
    assert.equal(judgeSoak('gpu', 0, soak('gpu', 31, 910, [2, 0.1])).passed, false);
    assert.equal(judgeSoak('gpu', 0, soak('gpu', 30, 1900, [2, 0.1])).passed, false);
    assert.equal(judgeSoak('gpu', 0, soak('gpu', 30, 910, [2, 1.9])).passed, false);
    const good = judgeSoak('gpu', 0, soak('gpu', 30, 910, [2, 0.1]));
    assert.equal(judgeMemory(good, { firstMb: 1000, lastMb: 1010 }).passed, true);
    assert.equal(judgeMemory(good, { firstMb: 1000, lastMb: 1500 }).passed, false);
    assert.equal(judgeMemory(good, undefined).passed, true);
  });
});

describe('watching a card', () => {
  it('reads the samples and sums them up', () => {
    const samples = parseSamples('10, 1000\n90, 1200\nnot a line\n[N/A], 3\n50, 1200\n');
    assert.equal(samples.length, 3);
    assert.deepEqual(summarize(samples), {
      samples: 3,
      meanBusy: 50,
      maxBusy: 90,
      firstMb: 1000,
      lastMb: 1200,
      peakMb: 1200,
    });
    assert.equal(summarize([]), undefined);
  });

  describe('by a simulated driver', () => {
    const { PATH } = process.env;
    let dir: string;
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'tsdl-gpucheck-'));
      process.env.PATH = `${dir}${delimiter}${PATH}`;
    });
    afterEach(() => {
      process.env.PATH = PATH;
      rmSync(dir, { recursive: true });
    });
    const driver = (body: string) => {
      writeFileSync(join(dir, 'nvidia-smi'), `#!/bin/sh\n${body}\n`);
      chmodSync(join(dir, 'nvidia-smi'), 0o755);
    };

    it('samples until it is told to stop', async () => {
      driver('while :; do echo "70, 2048"; sleep 0.02; done');
      const stop = watchCard(0);
      await new Promise((resolve) => setTimeout(resolve, 400));
      const use = stop();
      assert.ok((use?.samples ?? 0) > 1);
      assert.deepEqual([use?.meanBusy, use?.lastMb], [70, 2048]);
    });

    it('wants a card that is there', async () => {
      driver('echo "NVIDIA H200, 550.54.15, 143771, 143000, 9.0"');
      assert.equal((await requireCards({ kind: 'gpu', card: 0 })).length, 1);
      await assert.rejects(requireCards({ kind: 'gpu', card: 1 }), /没有第 1 张显卡：nvidia-smi 列出 1 张/);
      driver('echo "GeForce RTX 2080, 470.82.01, 8192, 8000, 7.5"');
      await assert.rejects(requireCards({ kind: 'gpu', card: 0 }), /470\.82\.01 太旧/);
      assert.deepEqual(await requireCards({ kind: 'cpu', card: 0 }), []);
    });
  });
});

describe('the report of gpu-check', () => {
  const report = (device: string, passed: boolean): GpuReport => ({
    passed,
    device,
    gpus: [
      { name: 'NVIDIA H200', driver: '550.54.15', totalMb: 143771, freeMb: 143000, computeCapability: '9.0' },
    ],
    started: '2026-01-01T00:00:00.000Z',
    seconds: 125,
    versions: { node: 'v22', tensorflow: '2.21.0' },
    machine: { platform: 'linux', arch: 'x64', cpu: 'EPYC', cores: 16, memoryGB: 128 },
    options: parseOptions(['--device', device]),
    steps: [
      {
        name: 'doctor',
        title: '设备',
        seconds: 3,
        command: 'node bin/tsdl.js doctor',
        log: 'doctor.log',
        passed,
        summary: 'a | b',
        details: '| x |',
        card: { samples: 4, meanBusy: 61, maxBusy: 99, firstMb: 500, lastMb: 510, peakMb: 600 },
      },
    ],
  });

  it('tells people what ran where, and marks a rehearsal', () => {
    const text = markdown(report('gpu', true));
    assert.match(text, /^# gpu-check：全部通过/);
    assert.match(text, /GPU 0：NVIDIA H200，驱动 550\.54\.15，计算能力 9\.0/);
    assert.match(text, /\| ✔ \| 设备 \| 3 秒 \| 61% \/ 99%，500 → 510 MB \| a \\\| b \|/);
    assert.match(text, /机器：linux x64，EPYC，16 核，128 GB/);
    assert.doesNotMatch(text, /演练/);
    assert.match(markdown(report('cpu', false)), /^# gpu-check：有步骤没有通过\n\n> 这是在 CPU 上的演练/);
  });

  it('is written for programs too', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tsdl-gpucheck-'));
    assert.equal(writeReport(report('gpu', true), dir), join(dir, 'report.md'));
    const read = JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8')) as GpuReport;
    rmSync(dir, { recursive: true });
    assert.deepEqual([read.passed, read.steps[0]?.card?.meanBusy], [true, 61]);
  });
});
