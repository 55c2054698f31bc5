/**
 * Answers TensorFlow's cuDNN operations on a machine without a card, by the recurrences of NVIDIA's documentation
 * (cudnnRNNMode_t) on parameters taken apart gate by gate, in the order that Keras and JAX document: for each direction
 * the matrices of the input and then of the hidden state, afterwards the biases in the same order.
 */
import { changeable, type NativeBackend, type OutputInfo } from '../../src/engine/backend/native';
import * as tf from '../../src/engine/tf';

const INT8 = 6;
const FLOAT = 1;
const GATES = { lstm: 4, gru: 3 } as const;
type Mode = keyof typeof GATES;
type Matrix = tf.Tensor2D;

export interface FakeOptions {
  /** Order in which the gates are taken out of the parameters; a wrong one is a wrong layout. */
  readonly gates?: readonly number[];
  /** Called first, with the name of the operation. */
  readonly onCall?: (op: string) => void;
}

interface Direction {
  readonly w: readonly Matrix[];
  readonly r: readonly Matrix[];
  readonly bw: readonly tf.Tensor1D[];
  readonly br: readonly tf.Tensor1D[];
}

function takeApart(
  params: tf.Tensor1D,
  gates: readonly number[],
  input: number,
  h: number,
  directions: number,
): Direction[] {
  let at = 0;
  const take = (size: number): tf.Tensor1D => {
    at += size;
    return tf.slice(params, at - size, size);
  };
  const each = <T>(make: () => T): T[] => {
    const found = gates.map(make);
    return gates.map((gate) => found[gate] as T);
  };
  const matrices = Array.from({ length: directions }, () => ({
    w: each(() => tf.reshape(take(h * input), [h, input])),
    r: each(() => tf.reshape(take(h * h), [h, h])),
  }));
  const all = matrices.map((one) => ({ ...one, bw: each(() => take(h)), br: each(() => take(h)) }));
  if (at !== params.size) throw new RangeError(`expected ${at} parameters, got ${params.size}`);
  return all;
}

/** One direction; x is a list of `[b, in]`. */
function run(mode: Mode, x: readonly Matrix[], h0: Matrix, c0: Matrix, { w, r, bw, br }: Direction) {
  let [h, c] = [h0, c0];
  const outputs = x.map((now) => {
    const share = (m: Matrix, v: Matrix, b: tf.Tensor1D): Matrix => tf.add(tf.matMul(v, m, false, true), b);
    const own = w.map((m, gate) => share(m, now, bw[gate] as tf.Tensor));
    const back = r.map((m, gate) => share(m, h, br[gate] as tf.Tensor));
    const gate = (i: number): Matrix => tf.sigmoid(tf.add<Matrix>(own[i] as Matrix, back[i] as Matrix));
    if (mode === 'gru') {
      const fresh = tf.tanh(tf.add<Matrix>(own[2] as Matrix, tf.mul(gate(0), back[2] as Matrix)));
      h = tf.add<Matrix>(tf.mul(tf.sub(1, gate(1)), fresh), tf.mul(gate(1), h));
      return h;
    }
    c = tf.add(
      tf.mul(gate(1), c),
      tf.mul(gate(0), tf.tanh(tf.add<Matrix>(own[2] as Matrix, back[2] as Matrix))),
    );
    h = tf.mul(gate(3), tf.tanh(c));
    return h;
  });
  return { outputs, h, c };
}

function layer(mode: Mode, gates: readonly number[], [x, h0, c0, params]: readonly tf.Tensor[]): tf.Tensor[] {
  const [directions = 1, , h = 0] = (h0 as tf.Tensor).shape;
  const all = takeApart(params as tf.Tensor, gates, (x as tf.Tensor).shape[2] ?? 0, h, directions);
  const steps = tf.unstack(x as tf.Tensor) as Matrix[];
  const [hs, cs] = [h0, mode === 'lstm' ? c0 : h0].map((s) => tf.unstack(s as tf.Tensor) as Matrix[]);
  const runs = all.map((direction, d) => {
    const order = d === 1 ? [...steps].reverse() : steps;
    const made = run(mode, order, hs?.[d] as Matrix, cs?.[d] as Matrix, direction);
    return d === 1 ? { ...made, outputs: [...made.outputs].reverse() } : made;
  });
  const output = tf.concat(
    runs.map(({ outputs }) => tf.stack(outputs)),
    2,
  );
  const last = mode === 'lstm' ? tf.stack(runs.map(({ c }) => c)) : tf.scalar(0);
  return [output, tf.stack(runs.map((one) => one.h)), last];
}

function gradients(mode: Mode, gates: readonly number[], given: readonly tf.Tensor[]): tf.Tensor[] {
  const inputs = given.slice(0, 4);
  const dys = given.slice(8, 11);
  const weighted = (...own: tf.Tensor[]): tf.Tensor =>
    tf.addN(layer(mode, gates, own).map((result, i) => tf.sum(tf.mul(result, dys[i] as tf.Tensor))));
  if (mode === 'lstm') return tf.grads(weighted)(inputs);
  const [x, h, c, params] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const [dx, dh, dp] = tf.grads((a, b, p) => weighted(a, b, c, p))([x, h, params]);
  return [dx as tf.Tensor, dh as tf.Tensor, tf.scalar(0), dp as tf.Tensor];
}

/** Runs `body` as if no gradient were being taken: it takes one of its own. */
function apart(body: () => void): void {
  const { state } = tf.engine();
  const { activeTape, gradientDepth, kernelDepth } = state;
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    body();
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/** Runs `body` with a backend that has cuDNN's operations; gives the names of those that were run. */
export async function withFakeCudnn(
  body: () => void | Promise<void>,
  { gates, onCall }: FakeOptions = {},
): Promise<string[]> {
  const backend = tf.backend() as unknown as NativeBackend;
  const original = backend.binding;
  const ids = backend.getInputTensorIds.bind(backend);
  const shapes = new Map<number, number[]>();
  const calls: string[] = [];
  const tensor = (id: number): tf.Tensor =>
    tf.tensor(original.tensorDataSync(id) as Float32Array, shapes.get(id));
  const info = (value: tf.Tensor): OutputInfo => ({
    id: original.createTensor(value.shape, FLOAT, original.tensorDataSync(ids([value])[0] ?? -1)),
    shape: value.shape,
    dtype: FLOAT,
  });
  const answer = (op: string, mode: Mode, inputs: number[]): OutputInfo[] => {
    const order = gates ?? Array.from({ length: GATES[mode] }, (_, i) => i);
    const float = inputs.map((id, i) => (i === 4 || i === 12 ? tf.scalar(0) : tensor(id)));
    const back = op === 'CudnnRNNBackpropV3';
    const results = back ? gradients(mode, order, float) : layer(mode, order, float);
    if (back) return results.map(info);
    return [...results.map(info), info(tf.scalar(0)), { ...info(tf.scalar(0)), dtype: INT8 }];
  };
  backend.binding = Object.assign(changeable(original), {
    createTensor(shape: number[], dtype: number, values: never) {
      const id = original.createTensor(shape, dtype, values);
      shapes.set(id, shape);
      return id;
    },
    executeOp(
      op: string,
      attributes: Parameters<typeof original.executeOp>[1],
      inputs: number[],
      count: number,
    ) {
      if (!op.startsWith('CudnnRNN')) {
        const outputs = original.executeOp(op, attributes, inputs, count);
        for (const { id, shape } of outputs) shapes.set(id, shape);
        return outputs;
      }
      onCall?.(op);
      calls.push(op);
      const mode = attributes.find(({ name }) => name === 'rnn_mode')?.value as Mode;
      const made: OutputInfo[] = [];
      const { binding } = backend; // a recording's puts operations off
      backend.binding = original;
      apart(() => tf.tidy(() => void made.push(...answer(op, mode, inputs))));
      backend.binding = binding;
      if (made.length !== count) throw new RangeError(`${op}: expected ${count} outputs, got ${made.length}`);
      return made;
    },
  });
  backend.getInputTensorIds = (tensors) => {
    const found = ids(tensors);
    tensors.forEach(({ shape }, i) => shapes.set(found[i] ?? -1, shape));
    return found;
  };
  try {
    await body();
  } finally {
    backend.binding = original;
    Reflect.deleteProperty(backend, 'getInputTensorIds');
  }
  return calls;
}
