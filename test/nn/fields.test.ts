import assert from 'node:assert/strict';

import { isNative } from '../../src/engine/backend/rawops';
import { compile } from '../../src/engine/compile';
import { manualSeed } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as optim from '../../src/helpers/optim';
import { restoreState, saveState } from '../../src/helpers/train/weights';
import * as nn from '../../src/nn';
import { ARGUMENTS, INPUTS, OWN, x } from '../support/fieldrows';
import { fieldsOf, other, tensorsIn } from '../support/fields';

/** Plain JavaScript records nothing, so that nothing can be stale. */
function onlyRecorded(this: Mocha.Context): void {
  if (!isNative()) this.skip();
}

type Class = new (...args: never[]) => nn.Module;
const classes = Object.entries(nn as Record<string, unknown>).filter((entry): entry is [string, Class] => {
  const [, value] = entry;
  return typeof value === 'function' && value.prototype instanceof nn.Module;
});

/** Those that compute nothing by themselves, each with its reason. */
const APART: Readonly<Record<string, string>> = {
  Module: 'abstract',
  ModuleDict: 'has no forward of its own',
  ModuleList: 'has no forward of its own',
  ParameterDict: 'has no forward of its own',
  ParameterList: 'has no forward of its own',
};

interface Built {
  readonly module: nn.Module;
  readonly inputs: readonly tf.Tensor[];
}

const forward = ({ module, inputs }: Built): unknown => module.forward(...(inputs as never[]));

function build(name: string, Kind: Class): Built | undefined {
  const own = OWN[name];
  for (const args of own ? [own[0]] : ARGUMENTS) {
    let module: nn.Module;
    try {
      module = new Kind(...(args as never[]));
    } catch {
      continue;
    }
    for (const inputs of own ? [own.slice(1) as tf.Tensor[]] : INPUTS) {
      try {
        const built = { module, inputs };
        const before = saveState(module);
        const numbers = tensorsIn(tf.tidy(() => forward(built) as tf.TensorContainer));
        restoreState(module, before);
        if (numbers.length > 0 && numbers.every((t) => t.every((v) => !Number.isNaN(v)))) return built;
      } catch {
        continue;
      }
    }
  }
  return undefined;
}

/** What a call gives and leaves behind, or what it says. */
function outcome(built: Built, call: () => unknown): unknown {
  const before = saveState(built.module);
  manualSeed(3);
  try {
    const numbers = tensorsIn(call());
    return [numbers, [...saveState(built.module).values()].map((values) => [...values])];
  } catch (error) {
    return (error as Error).message.replace(/^Error: /, '');
  } finally {
    restoreState(built.module, before);
  }
}

describe('every field of every layer, changed between the calls of a compiled function', function () {
  before(onlyRecorded);

  it('finds each layer of nn', () => assert.ok(classes.length > 30, `${classes.length} classes`));

  for (const [name, Kind] of classes) {
    if (name in APART) continue;
    it(name, () => {
      const built = build(name, Kind);
      assert.ok(built, `${name} wants a row in ARGUMENTS or INPUTS`);
      // guards alone have to do it
      const compiled = compile(() => forward(built), { checked: false });
      const both = (what: string) => {
        const eager = outcome(built, () => tf.tidy(() => forward(built) as tf.TensorContainer));
        const fast = outcome(built, compiled);
        if (typeof eager === 'string') return assert.equal(typeof fast, 'string', what);
        assertNear(fast, eager, what);
      };
      both('as built');
      for (const { owner, key, value } of fieldsOf(built.module, Object.values(nn))) {
        for (const next of other(value)) {
          const done = next.put(owner, key);
          both(`${name}.${key} ${JSON.stringify(value)} → ${next.what}`);
          done();
          outcome(built, compiled); // the recording made first holds again
        }
      }
      both('as it was');
      assert.ok(compiled.recordings > 0);
      compiled.dispose();
    });
  }
});

/** The same numbers, but for what TensorFlow's graphs and single operations round differently. */
function assertNear(fast: unknown, eager: unknown, what: string): void {
  const [a, b] = [fast, eager].map((all) => (all as number[][][]).flat(2)) as [number[], number[]];
  assert.equal(a.length, b.length, what);
  a.forEach((value, i) => {
    const right = b[i] as number;
    const near = Object.is(value, right) || Math.abs(value - right) <= 1e-5 * Math.max(1, Math.abs(right));
    assert.ok(near || (Number.isNaN(value) && Number.isNaN(right)), `${what}: ${value}, eager ${right}`);
  });
}

/** By closures that they call several times: not recorded by anybody. */
const CALLED_BACK = ['LBFGS'];

/** What others are made of. */
const BASES = ['RuleOptimizer'];

type OptimizerClass = new (params: tf.Variable[], options?: object) => optim.Optimizer;
const optimizers = Object.entries(optim as Record<string, unknown>).filter(
  (entry): entry is [string, OptimizerClass] =>
    typeof entry[1] === 'function' && entry[1].prototype instanceof optim.Optimizer,
);

function groupOf(Kind: OptimizerClass, options: object): object | undefined {
  try {
    return new Kind([tf.variable(tf.ones([2, 2]))], options).paramGroups[0];
  } catch (error) {
    if (Object.keys(options).length > 0 && error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Five steps, of which the third and later ones see another option. */
function train(
  Kind: OptimizerClass,
  options: object,
  change: (o: optim.Optimizer) => () => void,
  fast: boolean,
) {
  let done = (): void => undefined;
  const weight = tf.variable(tf.tensor2d([[1, -2, 3], [2, 1, -1]])); // prettier-ignore
  const optimizer = new Kind([weight], options);
  const plain = (): tf.Scalar =>
    optimizer.minimize(() => tf.sum<tf.Scalar>(tf.mul(tf.square(tf.sub(weight, 1)), [[1, 2, 3]])));
  const step = fast ? compile(plain, { checked: false }) : () => tf.tidy(plain);
  try {
    for (let i = 0; i < 5; i++) {
      if (i === 2) done = change(optimizer);
      step().dispose();
    }
    return [[[...weight.dataSync()]]];
  } catch (error) {
    return (error as Error).message;
  } finally {
    done(); // lists of defaults are shared
  }
}

describe('every option of every optimizer, changed between the steps of a compiled function', function () {
  before(onlyRecorded);

  for (const [name, Kind] of optimizers) {
    if ([...CALLED_BACK, ...BASES].includes(name)) continue;
    it(name, () => {
      for (const options of [{}, { momentum: 0.9 }, { weightDecay: 0.1 }]) {
        const group = groupOf(Kind, options);
        if (!group) continue; // an option that this rule refuses
        for (const [key, value] of Object.entries(group)) {
          if (key === 'params' || key === 'names') continue;
          for (const next of other(value)) {
            const change = (optimizer: optim.Optimizer) => next.put(optimizer.paramGroups[0]!, key);
            const eager = train(Kind, options, change, false);
            const fast = train(Kind, options, change, true);
            const what = `${name}.${key} ${String(value)} → ${next.what}`;
            if (typeof eager === 'string') assert.equal(typeof fast, 'string', what);
            else assertNear(fast, eager, what);
          }
        }
      }
    });
  }
});

describe('every option of every loss, changed between the calls of a compiled function', function () {
  before(onlyRecorded);

  const [logits, numbers] = [x(3, 4), x(3, 4)];
  const shares = tf.sigmoid(x(3, 4));
  const classNumbers = tf.tensor1d([0, 3, 1], 'int32');
  const weight = tf.tensor1d([1, 2, 3, 4]);
  type Loss = (a: tf.Tensor, b: tf.Tensor, options: object) => tf.Tensor;
  const reduction = ['mean', 'sum', 'none'];
  const rows: Record<
    string,
    { loss: Loss; args: [tf.Tensor, tf.Tensor]; options: Record<string, unknown[]> }
  > = {
    crossEntropy: {
      loss: nn.crossEntropy,
      args: [logits, classNumbers],
      options: {
        reduction,
        labelSmoothing: [0, 0.1, 0.3],
        ignoreIndex: [-100, 1, 3],
        weight: [undefined, weight],
      },
    },
    nllLoss: {
      loss: nn.nllLoss,
      args: [tf.logSoftmax(logits), classNumbers],
      options: { reduction, ignoreIndex: [-100, 1] },
    },
    huberLoss: {
      loss: nn.huberLoss,
      args: [logits, numbers],
      options: { reduction, delta: [1, 0.3] },
    },
    smoothL1Loss: {
      loss: nn.smoothL1Loss,
      args: [logits, numbers],
      options: { reduction, beta: [1, 0.3] },
    },
    mseLoss: { loss: nn.mseLoss, args: [logits, numbers], options: { reduction } },
    l1Loss: { loss: nn.l1Loss, args: [logits, numbers], options: { reduction } },
    bceWithLogits: { loss: nn.bceWithLogits, args: [logits, shares], options: { reduction } },
    binaryCrossEntropy: {
      loss: nn.binaryCrossEntropy,
      args: [shares, shares],
      options: { reduction },
    },
  };

  for (const [name, { loss, args, options }] of Object.entries(rows)) {
    it(name, () => {
      for (const [option, values] of Object.entries(options)) {
        const given: Record<string, unknown> = {};
        const compiled = compile(() => loss(...args, given), { onFallback: () => undefined });
        for (const value of [...values, ...values]) {
          given[option] = value;
          const [fast, eager] = [compiled(), tf.tidy(() => loss(...args, given))];
          assertNear([[[...fast.dataSync()]]], [[[...eager.dataSync()]]], `${option} ${String(value)}`);
        }
      }
    });
  }
});
