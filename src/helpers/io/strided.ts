/** Tensors that lie in their storage in another order than row by row. */
import { elementsOf } from './claims';

/** How the elements of a tensor lie in a storage, counted in elements. */
export interface Strided {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** The elements in row-major order: a view where they lie so, a copy otherwise. */
export function gather(storage: Uint8Array, width: number, { offset, shape, stride }: Strided): Uint8Array {
  const count = elementsOf(shape);
  if (isRowMajor(shape, stride)) return storage.subarray(offset * width, (offset + count) * width);
  const result = new Uint8Array(count * width);
  const index = shape.map(() => 0);
  let place = offset;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < width; byte++) result[i * width + byte] = storage[place * width + byte] ?? 0;
    place = advance(index, place, shape, stride);
  }
  return result;
}

function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    if (size === 0) return true;
    if (size !== 1 && stride[axis] !== step) return false;
    step *= size;
  }
  return true;
}

/** Counts the index up by one, the last axis first; gives the new place. */
function advance(
  index: number[],
  place: number,
  shape: readonly number[],
  stride: readonly number[],
): number {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [size, step, i] = [shape[axis] ?? 1, stride[axis] ?? 0, index[axis] ?? 0];
    if (i + 1 < size) {
      index[axis] = i + 1;
      return place + step;
    }
    index[axis] = 0;
    place -= i * step;
  }
  return place;
}
