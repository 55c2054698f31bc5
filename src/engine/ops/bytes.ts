/** Bytes of files as TensorFlow's own types, which TensorFlow.js does not know. */
import { bytesTensor, executeMany, isNative } from '../backend/rawops';
import * as tf from '../tf';

/** Below this the way through TensorFlow takes longer than a loop. */
const LEAST_BYTES = 1 << 16;

const WIDTHS = { float64: 8, float16: 2, bfloat16: 2 } as const;

/**
 * Numbers of another width as float32, cast by TensorFlow in all its threads; undefined where it does not compute or a
 * loop is as fast.
 * @param bytes the numbers one after the other, little-endian
 */
export function castBytes(
  bytes: Uint8Array,
  type: keyof typeof WIDTHS,
  shape: number[],
): tf.Tensor | undefined {
  if (!isNative() || bytes.length < LEAST_BYTES) return undefined;
  return tf.tidy(() => {
    const raw = bytesTensor(bytes, [...shape, WIDTHS[type]]);
    const [wide] = executeMany('Bitcast', { T: { type: 'uint8' }, type: { type } }, [raw], 1);
    const attributes = { SrcT: { type }, DstT: { type: 'float32' }, Truncate: { bool: false } } as const;
    return wide && executeMany('Cast', attributes, [wide], 1)[0];
  });
}
