/**
 * Stands between TensorFlow.js and TensorFlow while a function is being recorded, and the
 * listener is told of it. The binding's own properties are read-only, so the backend is handed another object of the
 * same methods for the time.
 */
import {
  type Binding,
  changeable,
  type NativeBackend,
  type OpAttribute,
  type OutputInfo,
} from '../backend/native';
import { CompileError } from '../recording/callsite';
import * as tf from '../tf';

/** What happens during a recording. Ids are the binding's numbers of tensors. */
export interface Listener {
  /** `tensors` are about to become inputs of an operation. */
  inputs(tensors: readonly tf.TensorInfo[]): void;
  /** A value held in JavaScript so far became TensorFlow's. */
  tensor(id: number, shape: number[], dtype: number, values: unknown): void;
  operation(op: string, attributes: readonly OpAttribute[], inputs: number[], outputs: OutputInfo[]): void;
  /** A tensor was made of JavaScript values that TensorFlow has not seen yet. */
  written(dataId: object): void;
  variable(variable: tf.Variable): void;
  /** `variable` is about to be given another value. */
  assigning(variable: tf.Variable): void;
  /** A value is about to be read; throws where that is not allowed. */
  read(dataId: object): void;
  /** Something that no recording can repeat truly. */
  problem(error: CompileError): void;
}

/** The parts of TensorFlow.js's engine that have no public type. */
interface Engine {
  makeVariable(initial: tf.Tensor, trainable?: boolean, name?: string, dtype?: tf.DataType): tf.Variable;
}

type Undo = () => void;

/** Replaces a method of one object by `make(original)` until undone. */
export function replace<T extends object, K extends keyof T>(
  target: T,
  key: K,
  make: (original: T[K]) => T[K],
): Undo {
  const own = Object.getOwnPropertyDescriptor(target, key);
  const original = target[key];
  target[key] = make(typeof original === 'function' ? (original.bind(target) as T[K]) : original);
  return () => {
    if (own) Object.defineProperty(target, key, own);
    else Reflect.deleteProperty(target, key);
  };
}

function listeningBinding(binding: Binding, listener: Listener): Binding {
  return Object.assign(changeable(binding), {
    createTensor(shape: number[], dtype: number, values: unknown) {
      const id = binding.createTensor(shape, dtype, values);
      listener.tensor(id, shape, dtype, values);
      return id;
    },
    executeOp(op: string, attributes: readonly OpAttribute[], inputs: number[], count: number) {
      const outputs = binding.executeOp(op, attributes, inputs, count);
      listener.operation(op, attributes, inputs, outputs);
      return outputs;
    },
  });
}

/** Plain JavaScript's random numbers, which also feed tf.randomUniform and its kin when they are given no seed. */
function watchRandom(listener: Listener): Undo {
  const descriptor = Object.getOwnPropertyDescriptor(Math, 'random') ?? {};
  const random = Math.random.bind(Math);
  const value = (): number => {
    listener.problem(
      new CompileError(
        'a random number is drawn by plain JavaScript (Math.random, tf.randomUniform, tf.dropout and the like)',
        'take random tensors and dropout from tsdl, or pass them as arguments',
      ),
    );
    return random();
  };
  Object.defineProperty(Math, 'random', { ...descriptor, value });
  return () => Object.defineProperty(Math, 'random', descriptor);
}

function watchAssign(listener: Listener): Undo {
  const prototype = tf.Variable.prototype;
  const assign = Reflect.get(prototype, 'assign');
  prototype.assign = function (this: tf.Variable, value: tf.Tensor): void {
    listener.assigning(this);
    assign.call(this, value);
  };
  return () => (prototype.assign = assign);
}

/** Starts listening; the returned function stops it. */
export function intercept(backend: NativeBackend, listener: Listener): Undo {
  const engine = tf.engine() as unknown as Engine;
  const undo: Undo[] = [
    replace(backend, 'binding', (binding) => listeningBinding(binding, listener)),
    replace(backend, 'getInputTensorIds', (original) => (tensors) => {
      listener.inputs(tensors);
      return original(tensors);
    }),
    replace(backend, 'readSync', (original) => (dataId) => {
      listener.read(dataId);
      return original(dataId);
    }),
    replace(backend, 'write', (original) => (values, shape, dtype) => {
      const dataId = original(values, shape, dtype);
      listener.written(dataId);
      return dataId;
    }),
    replace(engine, 'makeVariable', (original) => (initial, trainable, name, dtype) => {
      const variable = original(initial, trainable, name, dtype);
      listener.variable(variable);
      return variable;
    }),
    watchAssign(listener),
    watchRandom(listener),
  ];
  return () => undo.reverse().forEach((step) => step());
}
