/**
 * Runs TensorFlow operations that TensorFlow.js has no function for. What has such a native form has a plain-JavaScript
 * form too, and `isNative()` chooses.
 *
 * Operations run here are invisible to automatic differentiation: where gradients flow, `withGradient` of
 * `engine/autograd` gives them one.
 */
import * as tf from '../tfjs';

/** The value of an operation's attribute. Types are written as tfjs names: `{ type: 'float32' }`. */
export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly type: 'float32' | 'int32' | 'bool' };

export type Attributes = Readonly<Record<string, Attribute>>;

/** The part of the binding and the backend of tfjs-node that is used here (the package does not export the types). */
interface OpAttribute {
  name: string;
  type: number;
  value: unknown;
}
interface Output {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}
interface NativeBackend {
  readonly binding: Readonly<Record<string, number>> & {
    executeOp(name: string, attributes: OpAttribute[], inputs: number[], count: number): Output[];
  };
  readonly tensorMap: { set(dataId: object, record: object): void };
  getInputTensorIds(inputs: readonly tf.Tensor[]): number[];
  createOutputTensor(output: Output): tf.Tensor;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: tf.Tensor[]): tf.Tensor;
}

/** TensorFlow's number of a type that TensorFlow.js does not know. */
const INT8 = 6;

/** Whether TensorFlow itself computes (on CPU or GPU), not the plain-JavaScript backend. */
export function isNative(): boolean {
  return tf.getBackend() === 'tensorflow';
}

/** Runs one TensorFlow operation with one output, for example `execute('Erf', { T: { type: 'float32' } }, [x])`. */
export function execute<T extends tf.Tensor>(
  op: string,
  attributes: Attributes,
  inputs: readonly tf.Tensor[],
): T {
  const backend = nativeBackend(op);
  return backend.executeSingleOutput(op, encode(backend, attributes), [...inputs]) as T;
}

/** A tensor of bytes, to be handed on to another operation; its values cannot be read. */
function opaque(backend: NativeBackend, { id, shape, dtype }: Output): tf.Tensor {
  const dataId = {};
  backend.tensorMap.set(dataId, { shape, dtype, id, values: null, refCount: 1 });
  return tf.engine().makeTensorFromDataId(dataId, shape, 'int32', tf.backend());
}

/** Runs one TensorFlow operation with `count` outputs. */
export function executeMany(
  op: string,
  attributes: Attributes,
  inputs: readonly tf.Tensor[],
  count: number,
): tf.Tensor[] {
  const backend = nativeBackend(op);
  const ids = backend.getInputTensorIds(inputs);
  const outputs = backend.binding.executeOp(op, encode(backend, attributes), ids, count);
  return outputs.map((output) =>
    output.dtype === INT8 ? opaque(backend, output) : backend.createOutputTensor(output),
  );
}

function nativeBackend(op: string): NativeBackend {
  if (!isNative()) {
    throw new Error(`Cannot run ${op}: expected the native TensorFlow backend, got "${tf.getBackend()}"`);
  }
  return tf.backend() as unknown as NativeBackend;
}

function encode({ binding }: NativeBackend, attributes: Attributes): OpAttribute[] {
  const types = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, bool: binding.TF_BOOL };
  return Object.entries(attributes).map(([name, attribute]) => {
    const of = (kind: string, value: unknown): OpAttribute => ({ name, type: binding[kind] ?? NaN, value });
    if ('int' in attribute) return of('TF_ATTR_INT', attribute.int);
    if ('ints' in attribute) return of('TF_ATTR_INT', attribute.ints);
    if ('float' in attribute) return of('TF_ATTR_FLOAT', attribute.float);
    if ('bool' in attribute) return of('TF_ATTR_BOOL', attribute.bool);
    if ('text' in attribute) return of('TF_ATTR_STRING', attribute.text);
    return of('TF_ATTR_TYPE', types[attribute.type]);
  });
}
