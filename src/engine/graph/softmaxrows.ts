/**
 * Softmax in a graph on a CPU: oneDNN, which TensorFlow takes there, gives 0 beside what is not a number; TensorFlow itself
 * and PyTorch give NaN in the whole row.
 */
import { DType } from '../backend/native';
import type { Graph, Output } from './graph';

/** The softmax's output plus 0 times the sums of its rows: the same bits, or rows of NaN. */
export function wholeRows(graph: Graph, softmax: Output): Output {
  const last = graph.constant({
    dtype: DType.int32,
    shape: [1],
    bytes: Buffer.from(Int32Array.of(-1).buffer),
  });
  const zero = graph.constant({ dtype: DType.float32, shape: [], bytes: Buffer.alloc(4) });
  const sums = graph.output(
    'Sum',
    [softmax, last],
    { keep_dims: { kind: 'bool', value: true } },
    DType.float32,
  );
  const marks = graph.output('Mul', [sums, zero], {}, DType.float32);
  return graph.output('AddV2', [softmax, marks], {}, DType.float32);
}
