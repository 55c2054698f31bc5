/**
 * `npm run loops [-- --iterations 10000]`: loops as readers write them, none of which frees anything. For each, TensorFlow's
 * bytes after a tenth, a half and the whole of the iterations, and what finding garbage took. What is in use stays right.
 */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { columns } from '../src/cli/table';
import { memory } from '../src/engine/backend/lifetimes';
import { compile } from '../src/engine/compile';
import { randn } from '../src/engine/random';
import { tensor } from '../src/engine/tensor';
import * as tf from '../src/engine/tf';
import { DataLoader, TensorDataset } from '../src/helpers/data';
import { Adam } from '../src/helpers/optim';
import { MLP } from '../src/models';
import * as nn from '../src/nn';

/** Runs one iteration; is called with its number, from 0. */
type Iteration = (i: number) => void | Promise<void>;

interface Case {
  /** What is prepared before the loop; gives the iteration. */
  readonly start: () => Iteration;
  /** Whether the event loop turns between iterations. */
  readonly turns?: boolean;
}

const KEPT = 16;

/** One training step of a small network by the guide's lines. */
function training(): () => tf.Tensor {
  const model = new MLP(64, 32, 10);
  const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
  const [x, y] = [randn(32, 64), tf.range(0, 32, 1, 'int32').mod(tf.scalar(10, 'int32'))];
  return () => {
    optimizer.zeroGrad();
    const loss = nn.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

/** Keeps the last few values somewhere, and sees that they are what they were. */
function keeping(
  keep: (key: number, value: tf.Tensor) => void,
  find: (key: number) => tf.Tensor | undefined,
): Iteration {
  return (i) => {
    keep(i % KEPT, tensor([i, i + 1]).mul(2));
    const old = find((i + 1) % KEPT);
    if (old && i >= KEPT) assert.equal(old.sum().item(), 2 * (2 * (i + 1 - KEPT) + 1));
  };
}

class Holder {
  fields: Record<number, tf.Tensor> = {};
}

/** By what is looped over, and where values are kept. */
export const CASES: Readonly<Record<string, Case>> = {
  'a synchronous loop without a loader': {
    start: () => {
      const step = training();
      return () => assert.ok(Number.isFinite(step().item()));
    },
  },
  'large tensors that nobody uses': {
    start: () => {
      const x = tf.ones([256, 1024]);
      return (i) => void x.add(i).mul(2);
    },
  },
  'a loop over a loader': {
    start: () => {
      const loader = new DataLoader(new TensorDataset(randn(256, 64), tf.zeros([256], 'int32')), {
        batchSize: 64,
      });
      const model = new MLP(64, 32, 10);
      const optimizer = new Adam(model.parameters());
      return () => {
        for (const [x, y] of loader) {
          optimizer.zeroGrad();
          nn.crossEntropy(model.forward(x), y).backward();
          optimizer.step();
        }
      };
    },
  },
  'an asynchronous loop': {
    turns: true,
    start: () => {
      const step = training();
      return async () => {
        const loss = step();
        await setImmediate();
        assert.ok(Number.isFinite(loss.item()));
      };
    },
  },
  'two loops in turns': {
    start: () => {
      const [a, b] = [training(), training()];
      let last = a();
      return (i) => {
        const next = (i % 2 === 0 ? a : b)();
        assert.ok(Number.isFinite(last.item() + next.item()));
        last = next;
      };
    },
  },
  'a model built anew': {
    start: () => () => void training()(),
  },
  'a compiled function made anew': {
    start: () => {
      const x = tf.ones([8]);
      return (i) => void compile((y: tf.Tensor) => tf.mul(y, i))(x);
    },
  },
  'kept in an array': {
    start: () => {
      const list: tf.Tensor[] = [];
      return keeping(
        (key, value) => (list[key] = value),
        (key) => list[key],
      );
    },
  },
  'kept in closures': {
    start: () => {
      const closures: (() => tf.Tensor)[] = [];
      return keeping(
        (key, value) => (closures[key] = () => value),
        (key) => closures[key]?.(),
      );
    },
  },
  'kept in a Map': {
    start: () => {
      const map = new Map<number, tf.Tensor>();
      return keeping(
        (key, value) => map.set(key, value),
        (key) => map.get(key),
      );
    },
  },
  'kept in a field': {
    start: () => {
      const holder = new Holder();
      return keeping(
        (key, value) => (holder.fields[key] = value),
        (key) => holder.fields[key],
      );
    },
  },
};

/** What one loop took. */
export interface Course {
  readonly name: string;
  /** Megabytes in use after a tenth, a half and all of the iterations. */
  readonly megabytes: readonly number[];
  /** The most megabytes that TensorFlow held, garbage included, at 200 looks. */
  readonly peak: number;
  readonly seconds: number;
  /** Collections and freeing as a share of the time. */
  readonly share: number;
}

const spent = (): number => memory({ collect: false }).milliseconds;

/** Runs a case for so many iterations. */
export async function run(name: string, iterations: number): Promise<Course> {
  const { start, turns = false } = CASES[name] as Case;
  const iterate = start();
  const marks = [0.1, 0.5, 1].map((part) => Math.round(part * iterations));
  const megabytes: number[] = [];
  await setImmediate();
  memory();
  let [peak, working, collecting] = [0, 0, 0];
  let [begin, before] = [performance.now(), spent()];
  for (let i = 0; i < iterations; i++) {
    const pending = iterate(i);
    if (turns) await pending;
    if (i % Math.ceil(iterations / 200) === 0) peak = Math.max(peak, memory({ collect: false }).bytes);
    if (!marks.includes(i + 1)) continue;
    [working, collecting] = [working + performance.now() - begin, collecting + spent() - before];
    megabytes.push(memory().bytes / 1e6);
    [begin, before] = [performance.now(), spent()];
  }
  return { name, megabytes, peak: peak / 1e6, seconds: working / 1000, share: collecting / working };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { iterations: { type: 'string', default: '10000' } } });
  const rows = [['loop', '10%, MB', '50%, MB', '100%, MB', 'peak, MB', 'seconds', 'collecting']];
  for (const name of Object.keys(CASES)) {
    const { megabytes, peak, seconds, share } = await run(name, Number(values.iterations));
    const cells = [...megabytes.map((value) => value.toFixed(3)), peak.toFixed(0), seconds.toFixed(1)];
    rows.push([name, ...cells, `${(100 * share).toFixed(1)}%`]);
    process.stderr.write('.');
  }
  console.log(columns(rows).join('\n'));
}

if (require.main === module) void main();
