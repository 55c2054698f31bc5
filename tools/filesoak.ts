/**
 * npm run filesoak -- [--largest 200]: weights of 0.1 to 200 million parameters and checkpoints with histories of up to 10⁶
 * steps, written, read back and compared to the last bit; with the seconds and the memory that takes. Exit code 1 where
 * something differs.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { manualSeed } from '../src/engine/random';
import * as tf from '../src/engine/tf';
import { readStateDict, saveStateDict } from '../src/helpers/io/state';
import { Adam } from '../src/helpers/optim';
import { loadCheckpoint, saveCheckpoint } from '../src/helpers/train/checkpoint';
import * as nn from '../src/nn';

const MB = 1024 * 1024;
const SIZES = [0.1, 1, 10, 50, 200];
const STEPS = [1e3, 1e5, 1e6];
const WIDTH = 1000;

function option(name: string, fallback: number): number {
  const place = process.argv.indexOf(`--${name}`);
  return place === -1 ? fallback : Number(process.argv[place + 1]);
}

/** A network of about so many million parameters, in layers of a million at most. */
function network(millions: number): nn.Sequential {
  const layers = Math.max(1, Math.round(millions));
  const width = millions < 1 ? Math.round(Math.sqrt(millions * 1e6)) : WIDTH;
  return new nn.Sequential(...Array.from({ length: layers }, () => new nn.Linear(width, width)));
}

const same = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.compare(
    Buffer.from(a.buffer, a.byteOffset, a.byteLength),
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  ) === 0;

const valuesOf = (tensor: tf.Tensor): Float32Array => tensor.dataSync<'float32'>();

interface Measured {
  readonly name: string;
  readonly file: string;
  readonly ok: boolean;
  readonly write: number;
  readonly read: number;
}

async function timed(body: () => unknown): Promise<number> {
  const start = performance.now();
  await body();
  return (performance.now() - start) / 1000;
}

/** Weights alone, in one file and in several. */
async function weights(millions: number, folder: string, maxShardSize?: number): Promise<Measured> {
  const model = network(millions);
  const file = join(folder, 'weights.safetensors');
  let index = file;
  const write = await timed(() => (index = saveStateDict(model, file, maxShardSize ? { maxShardSize } : {})));
  let state = new Map<string, tf.Tensor>();
  const read = await timed(async () => (state = await readStateDict(index)));
  const ok = [...model.stateDict()].every(([name, variable]) => {
    const other = state.get(name);
    return other !== undefined && same(valuesOf(variable), valuesOf(other));
  });
  tf.dispose([...state.values()]);
  model.dispose();
  return { name: `${millions} M${maxShardSize ? ', sharded' : ''}`, file: index, ok, write, read };
}

/** A checkpoint with an optimizer that has taken a step, and a history. */
async function checkpoint(millions: number, steps: number, folder: string): Promise<Measured> {
  const [model, other] = [network(millions), network(millions)];
  const [optimizer, second] = [model, other].map((one) => new Adam(one.namedParameters()));
  if (!optimizer || !second) throw new Error('Cannot run: expected two optimizers, got fewer');
  optimizer.minimize(() =>
    tf.mean(tf.square(model.forward(tf.ones([1, model.parameters()[0]?.shape[0] ?? 1])))),
  );
  const file = join(folder, 'checkpoint.safetensors');
  const history = Array.from({ length: steps }, (_, i) => ({ step: i, loss: 1 / (i + 1) }));
  const write = await timed(() => saveCheckpoint(file, { model, optimizer, extra: { history } }));
  let extra: unknown;
  const read = await timed(() => ({ extra } = loadCheckpoint(file, { model: other, optimizer: second })));
  const found = (extra as { history: typeof history }).history;
  const ok =
    found.length === steps &&
    found.at(-1)?.loss === history.at(-1)?.loss &&
    [...model.stateDict()].every(([name, variable]) => {
      const loaded = other.stateDict().get(name);
      return loaded !== undefined && same(valuesOf(variable), valuesOf(loaded));
    });
  [model, other].forEach((one) => one.dispose());
  return { name: `${millions} M, ${steps} steps`, file, ok, write, read };
}

async function main(): Promise<void> {
  manualSeed(0);
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-filesoak-'));
  const largest = option('largest', 200);
  const runs: (() => Promise<Measured>)[] = [
    ...SIZES.filter((size) => size <= largest).map((size) => () => weights(size, folder)),
    () => weights(10, folder, 8e6),
    ...STEPS.map((steps) => () => checkpoint(0.1, steps, folder)),
    () => checkpoint(10, 1e4, folder),
  ];
  let good = true;
  for (const run of runs) {
    const { name, file, ok, write, read } = await run();
    good &&= ok;
    const peak = (process.resourceUsage().maxRSS * 1024) / MB;
    const figures = `${write.toFixed(2)} s, ${read.toFixed(2)} s, ${(statSync(file).size / MB).toFixed(0)} MB, ${peak.toFixed(0)} MB`;
    console.log(
      say({
        zh: `${ok ? '相等' : '不同'}  ${name}：写、读、文件、内存峰值 ${figures}`,
        en: `${ok ? 'equal' : 'DIFFERS'}  ${name}: written, read, file, peak memory ${figures}`,
      }),
    );
  }
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = good ? 0 : 1;
}

void main();
