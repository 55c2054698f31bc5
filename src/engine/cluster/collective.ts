/** Sums over all workers: one operation of a recording, or a graph of one operation. */
import { leaveTogether, rank, size } from '../backend/membership';
import { type NativeBackend, nativeBackend } from '../backend/native';
import { Graph, outputName } from '../graph/graph';
import { Session } from '../graph/session';
import { addWorkerSums } from '../graph/workersum';
import { activeRecording } from '../recording/active';
import * as tf from '../tf';

interface Alone {
  readonly session: Session;
  readonly feeds: string;
  readonly fetches: string;
}

/** Sums outside of recordings, by type, shapes and purpose. */
const alone = new Map<string, Alone>();

function load(
  backend: NativeBackend,
  tensors: readonly tf.Tensor[],
  weighted: boolean,
  place: string,
): Alone {
  const graph = new Graph();
  const dtypes = tensors.map(({ dataId }) => backend.tensorMap.get(dataId).dtype);
  const inputs = tensors.map(({ shape }, i) => graph.placeholder(dtypes[i] as number, shape, 'a'));
  const weight = weighted ? graph.placeholder(dtypes[0] as number, [], 'w') : undefined;
  const sums = addWorkerSums(graph, { inputs, shapes: tensors.map(({ shape }) => shape), place, weight });
  const feeds = weight ? [...inputs, weight] : inputs;
  return {
    session: Session.load(backend.binding, graph.nodes),
    feeds: feeds.map(outputName).join(),
    fetches: sums.map(outputName).join(),
  };
}

function sumNow(tensors: readonly tf.Tensor[], place: string, weight?: tf.Scalar): tf.Tensor[] {
  const backend = nativeBackend() as NativeBackend; // joining has checked that
  const key = [
    place,
    weight ? 'weighted' : '',
    ...tensors.map(({ dtype, shape }) => `${dtype} ${shape.join('x')}`),
  ];
  const known = alone.get(key.join()) ?? load(backend, tensors, weight !== undefined, place);
  alone.set(key.join(), known);
  const ids = backend.getInputTensorIds(weight ? [...tensors, weight] : tensors);
  return known.session.run(ids, known.feeds, known.fetches).map((info) => backend.createOutputTensor(info));
}

/** The sums over all workers of tensors of one type, each worker's times its `weight`. */
export function sumsOverWorkers(
  tensors: readonly tf.Tensor[],
  purpose: string,
  weight?: tf.Scalar,
): tf.Tensor[] {
  if (tensors.length === 0) return [];
  return activeRecording()?.sumOverWorkers(tensors, weight) ?? sumNow(tensors, purpose, weight);
}

/**
 * The sum of `tensor` (float32 or int32) over all workers, the same bits on each of them. All have to ask for it, with
 * the same shape: one that does not lets the others wait. No gradient flows through it.
 * @example
 * const hits = sumOverWorkers(tensor([12, 20])); // of three workers: [36, 60]
 */
export function sumOverWorkers<T extends tf.Tensor>(tensor: T, purpose = 'sum'): T {
  if (size === 1) return tensor.clone<T>();
  return sumsOverWorkers([tensor], purpose)[0] as T;
}

/** Worker 0's values, given to all. */
export function fromFirst<T extends tf.Tensor>(tensor: T): T {
  if (size === 1) return tensor.clone<T>();
  return tf.tidy(() => sumOverWorkers<T>(rank === 0 ? tensor : tf.zerosLike(tensor), 'first'));
}

/** Elements that travel at a time. */
const PIECE = 2 ** 20;

/** Worker 0's bytes, given to all; the others' are not looked at. */
export function bytesFromFirst(bytes: Uint8Array): Uint8Array {
  if (size === 1) return bytes;
  const number = (value: number): number =>
    tf.tidy(() => fromFirst(tf.tensor1d([value], 'int32')).dataSync()[0] ?? 0);
  const length = number(bytes.length);
  const result = new Uint8Array(Math.ceil(length / 4) * 4);
  if (rank === 0) result.set(bytes);
  const words = new Int32Array(result.buffer);
  for (let start = 0; start < words.length; start += PIECE) {
    const piece = words.subarray(start, start + PIECE);
    tf.tidy(() => piece.set(fromFirst(tf.tensor1d(piece.slice(), 'int32')).dataSync() as Int32Array));
  }
  return result.subarray(0, length);
}

leaveTogether(() => tf.tidy(() => void sumOverWorkers(tf.scalar(1, 'int32'), 'farewell').dataSync()));
