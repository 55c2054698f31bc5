/** From what tfjs-node hands to TensorFlow to what a graph file states. */
import { AttributeKind, DType, type OpAttribute } from '../backend/native';
import type { Attributes, ConstantValue, GraphAttribute } from '../graph/opdefs';
import { CompileError } from '../recording/callsite';

const KINDS = {
  [AttributeKind.string]: 'string',
  [AttributeKind.int]: 'int',
  [AttributeKind.float]: 'float',
  [AttributeKind.bool]: 'bool',
  [AttributeKind.type]: 'type',
  [AttributeKind.shape]: 'shape',
} as const;

/** The attributes of one operation by name. */
export function graphAttributes(attributes: readonly OpAttribute[]): Attributes {
  return Object.fromEntries(
    attributes.map(({ name, type, value }) => {
      const kind = KINDS[type as keyof typeof KINDS];
      return [name, { kind, value } as GraphAttribute]; // tfjs-node pairs kind and value rightly, or eager fails
    }),
  );
}

const arrays = { [DType.float32]: Float32Array, [DType.int32]: Int32Array, [DType.bool]: Uint8Array };

/**
 * The bytes that TensorFlow holds for values given by JavaScript.
 * @throws CompileError for strings
 */
export function constantValue(shape: readonly number[], dtype: number, values: unknown): ConstantValue {
  const head = { dtype, shape: [...shape] };
  if (ArrayBuffer.isView(values)) {
    // a copy: the caller may reuse its array
    return { ...head, bytes: Buffer.from(Buffer.from(values.buffer, values.byteOffset, values.byteLength)) };
  }
  const TypedArray = arrays[dtype as keyof typeof arrays] as typeof Float32Array | undefined;
  if (!TypedArray) {
    throw new CompileError('a tensor of strings made inside the function', 'make it outside');
  }
  return { ...head, bytes: Buffer.from(TypedArray.from(values as number[]).buffer) };
}
