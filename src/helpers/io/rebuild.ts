/**
 * The tensors of a `.pth` file: views on storages, as PyTorch's `_rebuild_…` functions describe them; sparse and
 * quantized ones too.
 */
import { elementsOf, excerpt, isShape } from './claims';
import { bytesPerElement, FileDtype } from './dtypes';
import type { PickleNames } from './pickle';
import { PyName } from './pyobject';

/** Numbers in a row that tensors look at; where they lie in the file, the container knows. */
export interface Storage {
  readonly key: string;
  readonly dtype: FileDtype;
  /** Number of elements. */
  readonly length: number;
  /** First element this view starts from; other than 0 only in very old files. */
  readonly start: number;
}

/** How integers stand for numbers: (integer − zero point) · scale, for all alike or for each slice along an axis. */
export interface Quantizer {
  readonly scale: number | readonly number[] | PthTensor;
  readonly zeroPoint: number | readonly number[] | PthTensor;
  readonly axis?: number;
}

/** What a tensor is besides a view on numbers. */
export interface TensorTraits {
  /** The type of its numbers where the storage is bytes alone. */
  readonly dtype?: FileDtype | undefined;
  /** PyTorch keeps these two for later instead of computing them. */
  readonly conjugated?: boolean;
  readonly negated?: boolean;
  readonly quantizer?: Quantizer;
}

/** A tensor of a `.pth` file, not read yet. */
export class PthTensor {
  readonly dtype: FileDtype;

  constructor(
    readonly storage: Storage,
    /** Place of the first element in the storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** Steps in the storage from one element to the next along each axis. */
    readonly stride: readonly number[],
    readonly traits: TensorTraits = {},
  ) {
    this.dtype = traits.dtype ?? storage.dtype;
  }
}

/** A sparse tensor of a `.pth` file: its parts as PyTorch names them, not read yet. */
export class PthSparse {
  constructor(
    readonly layout: 'coo' | 'csr' | 'csc' | 'bsr' | 'bsc',
    readonly shape: readonly number[],
    readonly values: PthTensor,
    /** `coo`: one tensor `[axes, n]`; else where each row (column) begins, and the columns (rows). */
    readonly indices: readonly PthTensor[],
  ) {}

  get dtype(): FileDtype {
    return this.values.dtype;
  }
}

/** Refuses the file. */
type Fail = PickleNames['fail'];

/** Arguments of `_rebuild_tensor_v2`: storage, offset, size, stride, then what is of no use here, then bits. */
export function rebuildTensor(args: readonly unknown[], fail: Fail): PthTensor {
  return strided(args, traitsOf(args[6]), fail);
}

/** Arguments of `_rebuild_tensor_v3`: the storage is bytes, the type of the numbers comes last but one. */
export function rebuildTyped(args: readonly unknown[], fail: Fail): PthTensor {
  const dtype = args[6] instanceof PyName ? TORCH_DTYPES[args[6].name] : undefined;
  if (!dtype) return fail('a tensor of a type known here', excerpt(nameOf(args[6])));
  return strided(args, { ...traitsOf(args[7]), dtype }, fail);
}

/** Arguments of `_rebuild_qtensor`: as above, then the scheme with scales and zero points. */
export function rebuildQuantized(args: readonly unknown[], fail: Fail): PthTensor {
  const [scheme, scale, zeroPoint, axis] = Array.isArray(args[4]) ? (args[4] as unknown[]) : [];
  const ok = (value: unknown): value is Quantizer['scale'] =>
    typeof value === 'number' ||
    value instanceof PthTensor ||
    (Array.isArray(value) && value.every((item) => typeof item === 'number'));
  if (!ok(scale) || !ok(zeroPoint)) return fail('a scale and a zero point', excerpt(nameOf(scheme)));
  const quantizer = { scale, zeroPoint, ...(isCount(axis) && { axis }) };
  return strided(args, { quantizer }, fail);
}

const LAYOUTS: Readonly<Record<string, PthSparse['layout']>> = {
  'torch.sparse_coo': 'coo',
  'torch.sparse_csr': 'csr',
  'torch.sparse_csc': 'csc',
  'torch.sparse_bsr': 'bsr',
  'torch.sparse_bsc': 'bsc',
};

/** Arguments of `_rebuild_sparse_tensor`: the layout, then its indices, its values, its size. */
export function rebuildSparse([name, data]: readonly unknown[], fail: Fail): PthSparse {
  const layout = typeof name === 'string' && Object.hasOwn(LAYOUTS, name) ? LAYOUTS[name] : undefined;
  if (!layout || !Array.isArray(data)) return fail('a layout of sparse tensors', excerpt(name));
  const parts = (data as unknown[]).slice(0, layout === 'coo' ? 2 : 3);
  const shape = (data as unknown[])[parts.length];
  if (!isShape(shape)) return fail('whole sizes of a sparse tensor', excerpt(shape));
  if (!parts.every((part) => part instanceof PthTensor))
    return fail('parts of a sparse tensor', excerpt(parts));
  const values = parts.at(-1);
  return values ? new PthSparse(layout, [...shape], values, parts.slice(0, -1)) : fail('values', 'none');
}

/** PyTorch's names of number types. */
const TORCH_DTYPES: Readonly<Record<string, FileDtype>> = {
  'torch.float64': 'F64',
  'torch.float32': 'F32',
  'torch.float16': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.float8_e4m3fn': 'F8_E4M3',
  'torch.float8_e5m2': 'F8_E5M2',
  'torch.float8_e4m3fnuz': 'F8_E4M3FNUZ',
  'torch.float8_e5m2fnuz': 'F8_E5M2FNUZ',
  'torch.float8_e8m0fnu': 'F8_E8M0',
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.int8': 'I8',
  'torch.uint64': 'U64',
  'torch.uint32': 'U32',
  'torch.uint16': 'U16',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
  'torch.complex128': 'C128',
  'torch.complex64': 'C64',
  'torch.complex32': 'C32',
};

const nameOf = (value: unknown): unknown => (value instanceof PyName ? value.name : value);

function traitsOf(metadata: unknown): TensorTraits {
  if (!(metadata instanceof Map)) return {};
  return { conjugated: metadata.get('conj') === true, negated: metadata.get('neg') === true };
}

function strided(
  [storage, offset, shape, stride]: readonly unknown[],
  traits: TensorTraits,
  fail: Fail,
): PthTensor {
  if (!isStorage(storage)) return fail('a tensor on a storage', excerpt(storage));
  if (!isShape(shape)) return fail('a tensor with whole sizes as shape', excerpt(shape));
  if (!isShape(stride) || stride.length !== shape.length || !isCount(offset)) {
    return fail('an offset and a stride for each axis', `${excerpt(offset)}, ${excerpt(stride)}`);
  }
  const count = elementsOf(shape);
  const last = shape.reduce((place, size, axis) => place + (size - 1) * (stride[axis] ?? 0), offset);
  const width = bytesPerElement(traits.dtype ?? storage.dtype);
  const length = Math.floor((storage.length * bytesPerElement(storage.dtype)) / width);
  if (count > 0 && !(last < length)) {
    return fail(`a tensor within its storage of ${length}`, `[${shape.join(', ')}] up to place ${last}`);
  }
  // A tensor with stride 0 may be larger than its storage, but files are no place for absurd ones.
  if (count > Math.max(length, MAX_EXPANDED)) {
    return fail(`a tensor of at most ${length} elements`, `[${shape.join(', ')}]`);
  }
  return new PthTensor(storage, offset, [...shape], [...stride], traits);
}

const MAX_EXPANDED = 1 << 20;

/** Whether it is a whole number that counts something. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isStorage(value: unknown): value is Storage {
  return (
    typeof value === 'object' && value !== null && 'key' in value && 'length' in value && 'start' in value
  );
}
