/** Values that are hard to show: seeded, nested, with every way to fail that a reader's value may have. */
'use strict';
/* global exports, URL */
const { runInNewContext } = require('node:vm');

/** A generator of numbers below 1; the same seed gives the same ones. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const fail = () => {
  throw new Error('asked');
};

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function circle() {
  const value = { inner: [] };
  value.inner.push(value, new Map([[value, value]]));
  return value;
}

const inspect = Symbol.for('nodejs.util.inspect.custom');
const display = Symbol.for('Jupyter.display');

const LEAVES = [
  () => undefined,
  () => null,
  () => NaN,
  () => -0,
  () => 1e308,
  () => 2n ** 70n,
  () => '',
  () => '\u0000\ud800«*/',
  () => true,
  () => Symbol('s'),
  () => () => 1,
  () => class {},
  () => async () => 1,
  () => /x/gv,
  () => new Date(NaN),
  () => new Error('e'),
  () => new Proxy({}, {}),
  () => new Proxy(fail, { get: fail, apply: fail, ownKeys: fail }),
  revoked,
  circle,
  () => ({
    get bad() {
      throw new Error('getter');
    },
  }),
  () => Object.create(null),
  () => ({ toJSON: fail }),
  () => ({ toJSON: () => 1n }),
  () => ({ [inspect]: fail }),
  () => ({ [inspect]: () => ({}) }),
  () => ({ [Symbol.toStringTag]: 5 }),
  () => ({ then: fail }),
  () => ({ then: (ok) => ok(1) }),
  () => Promise.resolve(1n),
  () => Promise.resolve(undefined),
  () => new WeakMap(),
  () => new WeakRef({}),
  () => runInNewContext('({ a: [1], e: new Error("other") })'),
  () => runInNewContext('Object.create(null)'),
  () => globalThis,
  () => new Float32Array(1e5),
  () => new ArrayBuffer(8),
  () => new SharedArrayBuffer(8),
  () => new DataView(new ArrayBuffer(4)),
  () => Array(1e6),
  () => 'x'.repeat(1e6),
  () => new Array(2e4).fill({}),
  () => Object.fromEntries(Array.from({ length: 5e3 }, (_, i) => [i, i])),
  () => Object.defineProperty(new Error('m'), 'message', { get: fail }),
  () => Object.assign(new Error('c'), { cause: circle() }),
  () => Object.defineProperty(new Error('s'), 'stack', { get: fail }),
  () => new AggregateError([1, revoked()]),
  () => new Error('x', { cause: revoked() }),
  () => Object.assign(new Error('n'), { name: {} }),
  () => ({ constructor: fail, __proto__: null }),
  () => process,
  () => require,
  () => ({ [display]: fail }),
  () => ({ [display]: () => null }),
  () => ({ [display]: () => ({ 'text/plain': 1n }) }),
  () => ({ [display]: 5 }),
  () => ({ [display]: () => ({ data: circle(), metadata: {} }) }),
  () => ({
    get [display]() {
      throw new Error('asked for a display');
    },
  }),
  () => ({ shape: [1], dtype: 'float32', dataSync: fail, toString: fail }),
  () => ({ namedModules: fail, stateDict: fail, toString: () => ({}) }),
  () =>
    Object.create({
      get then() {
        throw new Error('then');
      },
    }),
  () => new (class extends Promise {})(() => {}).finally,
  () =>
    (function* () {
      yield 1;
    })(),
  () => (async function* () {})(),
  () => new Intl.NumberFormat(),
  () => new URL('a:b'),
];

/** A random value, of leaves in objects, arrays, maps and sets. */
function strange(seed) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const make = (depth) => {
    if (depth === 0 || next() < 0.55) return pick(LEAVES)();
    const parts = Array.from({ length: Math.floor(next() * 4) }, () => make(depth - 1));
    return pick([
      () => parts,
      () => ({ ...parts }),
      () => new Map(parts.map((part) => [part, part])),
      () => new Set(parts),
      () => Object.assign(Object.create({ up: parts[0] }), { down: parts[1] }),
      () => Object.freeze([...parts]),
      () => new Proxy(parts, {}),
      () => Object.assign(new Error('with'), { parts }),
      () => ({ [display]: () => ({ 'text/plain': parts[0], x: parts }) }),
    ])();
  };
  return make(3);
}

const host = globalThis[Symbol.for('tsdl.kernel')];
const comms = globalThis[Symbol.for('tsdl.comms')];

/** The ways in which a value reaches a front-end. */
exports.ways = {
  last: strange,
  display: (seed) => host.display(strange(seed)),
  bundle: (seed) =>
    host.display(
      { 'text/plain': strange(seed), 'application/json': strange(seed + 1) },
      { metadata: strange(seed + 2) },
    ),
  comm: (seed) => {
    comms.create('t', strange(seed), { metadata: strange(seed + 1), buffers: [strange(seed + 2)] });
  },
  print: (seed) => {
    console.log(strange(seed));
  },
  throws: (seed) => {
    throw strange(seed);
  },
  rejects: (seed) => Promise.reject(strange(seed)),
};
