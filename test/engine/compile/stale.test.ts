import assert from 'node:assert/strict';

import { compile, CompileError, dynamicScalar, guard } from '../../../src/engine/compile';
import { manualSeed, random } from '../../../src/engine/random';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';

/** A module whose output depends on whatever of its fields a test asks for. */
class Scale extends nn.Module {
  readonly weight = nn.parameter(tf.scalar(2));
  factor = 0;
  flip = false;
  kind = 'sum';
  list = [0];
  options = { deep: { factor: 0 } };
  map = new Map([['factor', 0]]);
  set = new Set([0]);
  table = new Float32Array(3);
  rule = (x: tf.Tensor) => x;
  missing: number | undefined = undefined;
  outside = tf.scalar(0);
  calls = 0;
  #hidden = 0;

  constructor(private readonly read: (module: Scale) => number | tf.Tensor) {
    super();
  }

  get double(): number {
    return this.factor * 2;
  }

  get hidden(): number {
    return this.#hidden;
  }

  hide(value: number): void {
    this.#hidden = value;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.mul(tf.add(x, this.read(this)), this.weight);
  }
}

let moduleLevel = 0;

interface Way {
  readonly read: (module: Scale) => number | tf.Tensor;
  /** Gives it the value `i`, 0 to 3. */
  readonly change: (module: Scale, i: number) => void;
  /** Whether it is noticed before a replay (a guard), or by a check. */
  readonly by: 'guard' | 'check';
}

const box = { value: 0, items: [] as number[] };
const fields: Record<string, Way> = {
  'a number': { read: (m) => m.factor, change: (m, i) => (m.factor = i), by: 'guard' },
  'a flag that decides': {
    read: (m) => (m.flip ? 5 : 1),
    change: (m, i) => (m.flip = i % 2 === 1),
    by: 'guard',
  },
  'a string': {
    read: (m) => (m.kind === 'sum' ? 1 : 7),
    change: (m, i) => (m.kind = i % 2 === 0 ? 'sum' : 'mean'),
    by: 'guard',
  },
  'an item of a list': { read: (m) => m.list[0]!, change: (m, i) => (m.list[0] = i), by: 'guard' },
  'the length of a list': { read: (m) => m.list.length, change: (m, i) => (m.list.length = i), by: 'guard' },
  'an object literal within another': {
    read: (m) => m.options.deep.factor,
    change: (m, i) => (m.options.deep.factor = i),
    by: 'guard',
  },
  'an entry of a Map': {
    read: (m) => m.map.get('factor')!,
    change: (m, i) => m.map.set('factor', i),
    by: 'guard',
  },
  'the contents of a Set': {
    read: (m) => (m.set.has(2) ? 9 : 1),
    change: (m, i) => m.set.add(i),
    by: 'guard',
  },
  'an element of a typed array': {
    read: (m) => m.table[1]!,
    change: (m, i) => (m.table[1] = i),
    by: 'guard',
  },
  'a function': {
    read: (m) => m.rule(tf.scalar(1)),
    change: (m, i) => (m.rule = (x) => tf.mul(x, i)),
    by: 'guard',
  },
  'a field that was not set': { read: (m) => m.missing ?? 9, change: (m, i) => (m.missing = i), by: 'guard' },
  'a getter of a field': { read: (m) => m.double, change: (m, i) => (m.factor = i), by: 'guard' },
  'a tensor put in its place': {
    read: (m) => m.outside,
    change: (m, i) => (m.outside = tf.scalar(i)),
    by: 'guard',
  },
  'the mode': { read: (m) => (m.training ? 1 : 3), change: (m, i) => m.train(i % 2 === 0), by: 'guard' },
  'a count that forward keeps': { read: (m) => m.calls++, change: () => undefined, by: 'guard' },
  'what guard() reads': {
    read: () => guard(() => box.value),
    change: (_, i) => (box.value = i),
    by: 'guard',
  },
  'what dynamicScalar() reads': {
    read: () => dynamicScalar(() => box.value),
    change: (_, i) => (box.value = i),
    by: 'guard',
  },
  'a #private field': { read: (m) => m.hidden, change: (m, i) => m.hide(i), by: 'check' },
  'a let of the file': { read: () => moduleLevel, change: (_, i) => (moduleLevel = i), by: 'check' },
  'an object of a closure': { read: () => box.value, change: (_, i) => (box.value = i), by: 'check' },
  'the length of a closure’s list': {
    read: () => box.items.length,
    change: (_, i) => (box.items = new Array<number>(i)),
    by: 'check',
  },
  'what a condition in a closure chooses': {
    read: () => (box.value > 1 ? tf.square(tf.scalar(3)) : 1),
    change: (_, i) => (box.value = i),
    by: 'check',
  },
  'the clock': { read: () => performance.now() % 1000, change: () => undefined, by: 'check' },
  'a seeded random number of JavaScript': { read: () => random(), change: () => undefined, by: 'check' },
};

const numberOf = (t: tf.Tensor): number => t.dataSync()[0]!;

describe('a compiled function sees what changes between its calls', () => {
  for (const [name, { read, change, by }] of Object.entries(fields)) {
    it(`${name}: by a ${by}`, () => {
      const [module, twin] = [new Scale(read), new Scale(read)];
      const reasons: string[] = [];
      // without checks where a guard has to do
      const options = { onFallback: (reason: string) => void reasons.push(reason), checked: by === 'check' };
      const compiled = compile((x: tf.Tensor) => module.forward(x), options);
      const x = tf.scalar(10);
      const run = (of: Scale, call: () => tf.Tensor) => {
        return [0, 1, 2, 3].map((i) => {
          if (name.includes('random')) manualSeed(i);
          change(of, i);
          return name === 'the clock' ? call().size : numberOf(call());
        });
      };
      const seen = run(module, () => compiled(x));
      const plain = run(twin, () => tf.tidy(() => twin.forward(x)));
      assert.deepEqual(seen, plain);
      assert.ok(new Set(plain).size > 1 || name === 'the clock', 'it does change');
      if (by === 'guard') assert.deepEqual(reasons, []);
      else for (const reason of reasons) assert.match(reason, /^Cannot compile: .+ at .*stale\.test\.ts:\d+:\d+; (the \d+ calls .+)?keep what changes in a field/); // prettier-ignore
    });
  }

  it('a value that is read is refused, and Math.random', () => {
    const options = { onFallback: (reason: string) => void reasons.push(reason) };
    const reasons: string[] = [];
    const reading = compile((x: tf.Tensor) => tf.mul(x, x.item() > 2 ? 2 : 1), options);
    assert.deepEqual([1, 2, 3].map((i) => numberOf(reading(tf.scalar(i)))), [1, 2, 6]); // prettier-ignore
    const drawing = compile((x: tf.Tensor) => tf.mul(x, Math.random() < 2 ? 2 : 1), options);
    assert.equal(numberOf(drawing(tf.scalar(3))), 6);
    assert.match(reasons.join(), /the value of a tensor is read.+a random number is drawn/);
  });
});

describe('a check of a compiled function', () => {
  it('finds what a closure held when it changes late, names it and its line, and says what is in doubt', () => {
    let beta = 0;
    let now = 0;
    const fn = compile((x: tf.Tensor) => tf.mul(x, beta));
    const x = tf.scalar(3);
    for (; now < 50; now++) fn(x);
    beta = 1;
    fn.recheck();
    assert.throws(
      () => fn(x),
      (error: Error) =>
        error instanceof CompileError &&
        /^Cannot compile: a number from JavaScript was 0 when it was recorded and is 1 now at .*stale\.test\.ts:\d+:\d+; the \d+ calls before this one may have been made with what it was; keep what changes in a field of the module, or read it through dynamicScalar/.test(error.message), // prettier-ignore
    );
    assert.equal(numberOf(fn(x)), 3);
  });

  it('comes by itself, within a bounded share of the time', () => {
    let beta = 1;
    const reasons: string[] = [];
    const fn = compile((x: tf.Tensor) => tf.mul(x, beta), { onFallback: (r) => void reasons.push(r) });
    const x = tf.scalar(3);
    for (let i = 0; i < 50; i++) fn(x);
    beta = 2;
    let calls = 0;
    for (; reasons.length === 0 && calls < 200_000; calls++) fn(x);
    assert.equal(reasons.length, 1);
    assert.match(reasons[0]!, /; the \d+ calls before this one may have been made with what it was; /);
    assert.equal(numberOf(fn(x)), 6);
  });

  it('leaves no trace: variables, dynamic values and random numbers are those of one call', () => {
    const total = tf.variable(tf.scalar(0));
    let steps = 0;
    const fn = compile((x: tf.Tensor) => {
      total.assign(tf.add(total, x));
      return tf.add(
        x,
        dynamicScalar(() => ++steps),
      );
    });
    const x = tf.scalar(1);
    for (let i = 1; i <= 6; i++) {
      fn.recheck();
      assert.deepEqual([numberOf(fn(x)), numberOf(total), steps], [1 + i, i, i]);
    }
    assert.equal(fn.recordings, 1);
  });

  it('takes a function that is another at its second call alone, as one that makes its tables at the first', () => {
    let table: tf.Tensor | undefined;
    const fn = compile((x: tf.Tensor) => {
      table ??= tf.keep(tf.range(0, 3));
      return tf.mul(x, table);
    });
    for (let i = 0; i < 4; i++) assert.deepEqual([...fn(tf.scalar(2)).dataSync()], [0, 2, 4]);
    assert.equal(fn.recordings, 1);
  });

  it('can be left out', () => {
    let calls = 0;
    const fn = compile(
      (x: tf.Tensor) => {
        calls++;
        return tf.neg(x);
      },
      { checked: false },
    );
    for (let i = 0; i < 5; i++) fn(tf.scalar(1));
    assert.equal(calls, 1);
  });
});
