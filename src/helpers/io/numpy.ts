/** Numbers of NumPy that lie in pickles beside weights, such as a learning rate of `numpy.float64`. */
import { PyObject } from './pyobject';

const READERS: Readonly<Record<string, (view: DataView, little: boolean) => number | bigint>> = {
  f8: (view, little) => view.getFloat64(0, little),
  f4: (view, little) => view.getFloat32(0, little),
  i8: (view, little) => view.getBigInt64(0, little),
  i4: (view, little) => view.getInt32(0, little),
  i2: (view, little) => view.getInt16(0, little),
  i1: (view) => view.getInt8(0),
  u8: (view, little) => view.getBigUint64(0, little),
  u4: (view, little) => view.getUint32(0, little),
  u2: (view, little) => view.getUint16(0, little),
  u1: (view) => view.getUint8(0),
  b1: (view) => view.getUint8(0),
};

/** The number of `numpy.core.multiarray.scalar(dtype, bytes)`; undefined for a type that JavaScript has no number of. */
export function numpyScalar([dtype, bytes]: readonly unknown[]): number | bigint | boolean | undefined {
  if (!(dtype instanceof PyObject) || !(bytes instanceof Uint8Array)) return undefined;
  const [type] = dtype.args;
  const read = typeof type === 'string' && Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  if (!read || bytes.length !== Number(String(type).slice(1))) return undefined;
  const order: unknown = Array.isArray(dtype.state) ? dtype.state[1] : '<';
  const value = read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), order !== '>');
  if (type === 'b1') return value !== 0;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
