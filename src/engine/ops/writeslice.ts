/** A part of a variable written in place, where the rest is to stay. */
import * as tf from '../tf';
import { update } from './apply';

/** Where along one axis a part begins: a tensor for the recorded form, and the number it holds now. */
export interface Place {
  readonly axis: number;
  readonly start: tf.Scalar;
  readonly now: number;
}

/**
 * Writes `value` over a variable's elements from `start` along `axis`; all other axes are equally long. Recorded, only the
 * part is written, however large the variable is, and `start` may be another number at each replay.
 */
export function writeSlice(variable: tf.Variable, value: tf.Tensor, { axis, start, now }: Place): void {
  const length = value.shape[axis] ?? 0;
  const along = variable.shape.map((_, i) => Number(i === axis));
  const ends = variable.shape.map((size, i) => (i === axis ? length : size));
  const begin = tf.mul(start, tf.tensor1d(along, 'int32'));
  const end = tf.add(begin, tf.tensor1d(ends, 'int32'));
  const strides = tf.ones([variable.rank], 'int32');
  const inputs = [begin, end, strides, value];
  update({ op: 'ResourceStridedSliceAssign', variables: [variable], inputs, attributes: {} }, () => {
    const part = (from: number, to: number): tf.Tensor => {
      const begins = along.map((one) => one * from);
      return tf.slice(
        variable,
        begins,
        variable.shape.map((size, i) => (i === axis ? to - from : size)),
      );
    };
    const whole = variable.shape[axis] ?? 0;
    variable.assign(tf.concat([part(0, now), value, part(now + length, whole)], axis));
  });
}
