/** The parts of tfjs-node's backend and binding that recording works with; they have no public types. */
import * as tf from '../tfjs';

/** One attribute of an operation as tfjs-node passes it; `type` is one of the binding's `TF_ATTR_…` numbers. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the binding says of an operation's output; `dtype` is TensorFlow's type number. */
export interface OutputInfo {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** The functions of TensorFlow.js's native binding that are called here. */
export interface Binding {
  createTensor(shape: number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): unknown;
  executeOp(op: string, attributes: readonly OpAttribute[], inputs: number[], outputs: number): OutputInfo[];
  loadSavedModel(dir: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(session: number, inputs: number[], inputNames: string, outputNames: string): OutputInfo[];
  getNumOfTensors(): number;
  readonly TF_Version: string;
}

/** What the backend keeps of one tensor: `values` until TensorFlow first needs it, then `id` names TensorFlow's. */
export interface TensorRecord {
  readonly shape: number[];
  readonly dtype: number;
  values: unknown;
  id: number;
  refCount: number;
  /** What lifetimes.ts keeps of it instead of the whole, which leads back to the tensor. */
  readonly remains?: { id: number; refCount: number };
}

/** What is used of the backend that TensorFlow.js registers for the binding. */
export interface NativeBackend {
  binding: Binding;
  readonly tensorMap: {
    has(dataId: object): boolean;
    get(dataId: object): TensorRecord;
    set(dataId: object, record: TensorRecord): void;
  };
  incRef(dataId: object): void;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(info: OutputInfo): tf.Tensor;
  executeSingleOutput(op: string, attributes: OpAttribute[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  readSync(dataId: object): unknown;
  write(values: unknown, shape: number[], dtype: tf.DataType): object;
}

/** TensorFlow's numbers of its types (types.proto). */
export const DType = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  float16: 19,
} as const;

/** The numbers of the binding's attribute kinds. */
export const AttributeKind = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

/** The native backend where it is the current one, else `undefined` (plain JavaScript). */
export function nativeBackend(): NativeBackend | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined;
  const backend = tf.backend() as unknown as NativeBackend;
  if (!bindings.has(backend)) bindings.set(backend, backend.binding); // who listens has asked here before
  return backend;
}

/** The binding of each backend as it was before anybody listened to it. */
const bindings = new WeakMap<NativeBackend, Binding>();

/** The binding itself, also while a recording stands before it: for what is asked of TensorFlow and not of a function. */
export function unheard(): Binding | undefined {
  const backend = nativeBackend();
  return backend && bindings.get(backend);
}

/** The binding's properties in an object that can be changed; the binding's own are read-only. */
export function changeable(binding: Binding): Binding {
  const entries = Object.getOwnPropertyNames(binding).map((name): [string, unknown] => {
    const value = Reflect.get(binding, name) as unknown;
    return [name, typeof value === 'function' ? (value.bind(binding) as unknown) : value];
  });
  return Object.fromEntries(entries) as unknown as Binding;
}

/** A tensor of its own TensorFlow handle with the same values (the buffer stays shared). */
export function privateCopy(backend: NativeBackend, tensor: tf.Tensor): tf.Tensor {
  const type = backend.tensorMap.get(tensor.dataId).dtype;
  return backend.executeSingleOutput(
    'Identity',
    [{ name: 'T', type: AttributeKind.type, value: type }],
    [tensor],
  );
}
