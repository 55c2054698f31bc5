import '../../../src/engine/tf';

import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { isNative } from '../../../src/engine/backend/rawops';
import { type Outcome, runCrew } from '../../../src/helpers/launch/crew';
import { freeHosts, localPlan } from '../../../src/helpers/launch/roster';
import { assertClose } from '../../support/close';
import { temporaryFolder } from '../../support/folder';
import { FEW, trainAll, type Trained, trainOn } from './program';

interface Ran extends Outcome {
  /** What each worker printed as its result. */
  readonly results: readonly Record<string, Trained>[];
  readonly lines: readonly string[];
  readonly told: readonly string[];
}

/** Seconds of silence, by which a machine with much else to do has not frozen a worker. */
const PATIENCE = 30;

/** Runs work.ts in some workers. */
async function work(
  workers: number,
  args: readonly string[],
  {
    patience = PATIENCE,
    ...options
  }: { patience?: number; restarts?: number; hosts?: readonly string[] } = {},
): Promise<Ran> {
  const results: Record<string, Trained>[] = [];
  const [lines, told]: string[][] = [[], []];
  const outcome = await runCrew({
    ...localPlan(workers),
    script: join(__dirname, 'work.ts'),
    args,
    patience,
    gather: 60,
    restarts: 0,
    inherit: false,
    ...options,
    print: (line, rank) => {
      if (line.startsWith('RESULT ')) results[rank] = JSON.parse(line.slice(7)) as Record<string, Trained>;
      else lines?.push(`[${rank}] ${line}`);
    },
    tell: (sentence) => told?.push(sentence),
  });
  return { ...outcome, results, lines: lines ?? [], told: told ?? [] };
}

/** All workers have the same numbers, to the bit. */
function assertAlike(results: readonly Record<string, Trained>[], workers: number): void {
  assert.equal(results.length, workers);
  for (const result of results) assert.deepEqual(result, results[0]);
}

describe('several workers', function () {
  this.timeout(180_000);
  const file = temporaryFolder();
  before(function () {
    if (process.platform !== 'linux' || !isNative()) this.skip();
  });

  let two: Ran;
  let alone: Record<string, Trained> | undefined;

  for (const workers of [2, 4]) {
    it(`${workers} come to what one comes to, and to the same bits among themselves`, async () => {
      const ran = await work(workers, [file('last.safetensors'), workers === 2 ? 'all' : 'few']);
      if (workers === 2) two = ran;
      const { code, results, lines } = ran;
      assert.equal(code, 0, lines.join('\n'));
      assertAlike(results, workers);
      assert.equal(results[0]?.stopped?.losses.length, 4 + 1, 'all stop one step after one asked for it');
      const written = readdirSync(file('.')).filter((name) => /safetensors\.\d/.test(name));
      const endings = ['best', 'csv', 'json', 'last'];
      assert.deepEqual(
        written.sort(),
        endings.map((ending) => `last.safetensors.0.${ending}`),
        'by worker 0 alone',
      );
      alone ??= { ...(await trainAll()), 'fit with checkpoints': await trainOn(file('own.safetensors')) };
      for (const [kind, one] of Object.entries(alone)) {
        if (workers > 2 && ![...FEW, 'fit with checkpoints'].includes(kind)) continue;
        const many = results[0]?.[kind];
        assert.ok(many, kind);
        const tolerance = kind.includes('L-BFGS') ? 1e-4 : 2e-6; // it divides by differences of gradients
        assertClose(many.losses, one.losses, tolerance);
        assertClose(many.epochs, one.epochs, tolerance);
      }
    });
  }

  it('come to the same over the network, where they do not share memory', async () => {
    const ran = await work(2, [file('network.safetensors'), 'few'], { hosts: await freeHosts(2) });
    assert.equal(ran.code, 0, ran.lines.join('\n'));
    assertAlike(ran.results, 2);
    for (const kind of [...FEW, 'fit with checkpoints']) {
      assertClose(ran.results[0]?.[kind]?.losses ?? [], two.results[0]?.[kind]?.losses ?? [], 2e-6);
    }
  });

  it('are told so where one takes a step and another does not', async () => {
    const { code, lines } = await work(2, [file('apart.safetensors'), 'apart']);
    assert.equal(code, 1);
    assert.match(lines.join('\n'), /\[0\] Error: Cannot go on: .*workers have come to different sums/);
    assert.match(lines.join('\n'), /\[1\] Error: Cannot go on: .*workers have come to different sums/);
  });

  /** How workers end that run a line of JavaScript each. */
  async function ended(name: string, lines: readonly string[]): Promise<Outcome> {
    writeFileSync(file(name), `eval(${JSON.stringify(lines)}[JSON.parse(process.env.TSDL_CLUSTER).rank])`);
    const quiet = () => undefined;
    return runCrew({
      ...localPlan(lines.length),
      ...{ script: file(name), args: [], patience: 8, gather: 60, restarts: 0, inherit: false },
      ...{ print: quiet, tell: quiet },
    });
  }

  it('do not wait for one that freezes when the others have left', async () => {
    const { code, reason } = await ended('leaves.js', ['', "process.kill(process.pid, 'SIGSTOP')"]);
    assert.notEqual(code, 0);
    assert.match(reason ?? '', /worker 1 (did not answer|没有响应)/);
  });

  it('blame the one that stands still, not one that is slow to notice it', async () => {
    const lost = 'setTimeout(() => process.exit(70), 1000)';
    const slow = 'setInterval(() => undefined, 1000)';
    const { code, reason } = await ended('slow.js', [lost, slow, "process.kill(process.pid, 'SIGSTOP')"]);
    assert.notEqual(code, 0);
    assert.match(reason ?? '', /worker 2 (did not answer|没有响应)/);
  });

  it('start anew after one is killed, and after one freezes, and end with the bits of an unbroken run', async () => {
    const args = [file('last.safetensors'), 'SIGKILL', 'SIGSTOP'];
    const { code, results, lines, told } = await work(2, args, { patience: 8, restarts: 2 });
    assert.equal(code, 0, lines.join('\n'));
    const lost = /^\[0\] Error: Cannot go on: worker 1 \(127\.0\.0\.1:\d+\) does not answer$/;
    assert.equal(lines.filter((line) => lost.test(line)).length, 2, lines.join('\n'));
    assert.deepEqual(told.length, 2);
    assert.match(told[0] ?? '', /worker 1 .*SIGKILL/);
    assert.match(told[1] ?? '', /worker 1 (did not answer|没有响应)/);
    assertAlike(results, 2);
    assert.deepEqual(results[0]?.['fit with checkpoints'], two.results[0]?.['fit with checkpoints']);
  });
});
