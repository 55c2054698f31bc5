import assert from 'node:assert/strict';

import { averaged, bucketsOf } from '../../../src/engine/cluster/buckets';
import * as tf from '../../../src/engine/tf';

/** Random sizes around the bucket's. */
function* sizesOf(most: number, rounds: number): Generator<number[]> {
  let state = 1;
  const next = (n: number) => (state = (state * 48271) % 2147483647) % n;
  for (let i = 0; i < rounds; i++) yield Array.from({ length: 1 + next(12) }, () => 1 + next(3 * most));
}

describe('buckets of gradients', () => {
  it('hold every element once, in order, and no more than fits', () => {
    for (const sizes of sizesOf(10, 500)) {
      const buckets = bucketsOf(sizes, 10);
      for (const bucket of buckets) {
        assert.ok(bucket.length > 0);
        assert.ok(bucket.reduce((sum, { length }) => sum + length, 0) <= 10);
      }
      const seen = sizes.map(() => 0);
      for (const { of, from, length } of buckets.flat()) {
        assert.equal(from, seen[of], 'pieces of a tensor follow each other');
        seen[of] = from + length;
      }
      assert.deepEqual(seen, sizes);
    }
  });

  it('cut only what does not fit into one', () => {
    for (const sizes of sizesOf(10, 500)) {
      const pieces = bucketsOf(sizes, 10).flat();
      sizes.forEach((size, i) => {
        const own = pieces.filter(({ of }) => of === i).length;
        assert.equal(own, Math.ceil(size / 10), `${size} of ${sizes.join()}`);
      });
    }
  });

  it('are not made in a single process, whose values stay', () => {
    const given = [tf.scalar(2), tf.tensor1d([1, 3])];
    assert.deepEqual(
      averaged(given).map((tensor) => tensor.arraySync()),
      [2, [1, 3]],
    );
  });
});
