/**
 * Runs TensorFlow operations that TensorFlow.js has no function for. What has such a native form has a plain-JavaScript
 * form too, and `isNative()` chooses.
 *
 * Operations run here are invisible to automatic differentiation: where gradients flow, `withGradient` of
 * `engine/autograd` gives them one.
 */
import * as tf from '../tfjs';
import {
  AttributeKind,
  DType,
  type NativeBackend,
  nativeBackend,
  type OpAttribute,
  type OutputInfo,
} from './native';

/** The value of an operation's attribute. Types are written as tfjs names: `{ type: 'float32' }`. */
export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly type: keyof typeof DType };

/** Attributes of an operation, by TensorFlow's names. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** TensorFlow's numbers of types that TensorFlow.js does not know: int8, uint16 and floats of other widths. */
const UNKNOWN: ReadonlySet<number> = new Set([6, DType.uint16, DType.float64, DType.float16, DType.bfloat16]);

/** Whether TensorFlow itself computes (on CPU or GPU), not the plain-JavaScript backend. */
export function isNative(): boolean {
  return nativeBackend() !== undefined;
}

/** Runs one TensorFlow operation with one output, for example `execute('Erf', { T: { type: 'float32' } }, [x])`. */
export function execute<T extends tf.Tensor>(
  op: string,
  attributes: Attributes,
  inputs: readonly tf.Tensor[],
): T {
  const backend = required(op);
  return backend.executeSingleOutput(op, encode(attributes), [...inputs]) as T;
}

/** A tensor to be handed on to another operation; its values cannot be read. */
function opaque(
  backend: NativeBackend,
  { id, shape, dtype, values = null }: OutputInfo & { readonly values?: Uint8Array | null },
): tf.Tensor {
  const dataId = {};
  backend.tensorMap.set(dataId, { shape, dtype, id, values, refCount: 1 });
  return tf.engine().makeTensorFromDataId(dataId, shape, 'int32', tf.backend());
}

/** A tensor of TensorFlow's uint8, to be handed on to another operation. */
export function bytesTensor(bytes: Uint8Array, shape: number[]): tf.Tensor {
  return opaque(required('an operation on bytes'), { id: -1, shape, dtype: DType.uint8, values: bytes });
}

/** The bytes of a text that an operation made, which need not be UTF-8. */
export function textBytes(text: tf.Tensor): Uint8Array {
  const [bytes] = required('an operation on texts').readSync(text.dataId) as Uint8Array[];
  return Uint8Array.from(bytes ?? []);
}

/** Runs one TensorFlow operation with `count` outputs. */
export function executeMany(
  op: string,
  attributes: Attributes,
  inputs: readonly tf.Tensor[],
  count: number,
): tf.Tensor[] {
  const backend = required(op);
  const ids = backend.getInputTensorIds(inputs);
  const outputs = backend.binding.executeOp(op, encode(attributes), ids, count);
  return outputs.map((output) =>
    UNKNOWN.has(output.dtype) ? opaque(backend, output) : backend.createOutputTensor(output),
  );
}

function required(op: string): NativeBackend {
  const backend = nativeBackend();
  if (backend) return backend;
  throw new Error(`Cannot run ${op}: expected the native TensorFlow backend, got "${tf.getBackend()}"`);
}

function encode(attributes: Attributes): OpAttribute[] {
  return Object.entries(attributes).map(([name, attribute]) => {
    if ('int' in attribute) return { name, type: AttributeKind.int, value: attribute.int };
    if ('ints' in attribute) return { name, type: AttributeKind.int, value: attribute.ints };
    if ('float' in attribute) return { name, type: AttributeKind.float, value: attribute.float };
    if ('bool' in attribute) return { name, type: AttributeKind.bool, value: attribute.bool };
    if ('text' in attribute) return { name, type: AttributeKind.string, value: attribute.text };
    return { name, type: AttributeKind.type, value: DType[attribute.type] };
  });
}
