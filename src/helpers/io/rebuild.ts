/**
 * The few Python names that a PyTorch state dict is made of, and the tensors they rebuild: views on storages.
 */
import { elementsOf, excerpt, isShape } from './claims';
import { FileDtype } from './dtypes';
import { Callable, PickleNames } from './pickle';

/** Numbers in a row that tensors look at; where they lie in the file, the container knows. */
export interface Storage {
  readonly key: string;
  readonly dtype: FileDtype;
  /** Number of elements. */
  readonly length: number;
  /** First element this view starts from; other than 0 only in very old files. */
  readonly start: number;
}

/** A tensor of a `.pth` file, not read yet. */
export class PthTensor {
  constructor(
    readonly storage: Storage,
    /** Place of the first element in the storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** Steps in the storage from one element to the next along each axis. */
    readonly stride: readonly number[],
  ) {}

  get dtype(): FileDtype {
    return this.storage.dtype;
  }
}

const STORAGES: Readonly<Record<string, FileDtype>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** A storage class, named in persistent ids. */
class StorageType {
  constructor(readonly dtype: FileDtype) {}
}

/** Stands for a name that may occur but whose value is not needed, such as `torch.float32`. */
class Opaque {
  constructor(readonly name: string) {}
}

type Fail = PickleNames['fail'];

/** Names and persistent ids of a state dict; `storages` collects the storages met. */
export function torchNames(fail: Fail, storages: Map<string, Storage>): PickleNames {
  const calls: Record<string, Callable['call']> = {
    'collections.OrderedDict': ([pairs = []]) => new Map(pairsOf(pairs, fail)),
    'collections.Counter': ([counts = new Map()]) =>
      counts instanceof Map ? counts : fail('counts', 'others'),
    'torch.Size': ([sizes]) => (isShape(sizes) ? [...sizes] : fail('a torch.Size of sizes', excerpt(sizes))),
    'torch.device': ([name]) =>
      typeof name === 'string' ? name : fail('the name of a device', excerpt(name)),
    'torch._utils._rebuild_tensor': (args) => rebuild(args, fail),
    'torch._utils._rebuild_tensor_v2': (args) => rebuild(args, fail),
    'torch._utils._rebuild_parameter': ([tensor]) =>
      tensor instanceof PthTensor ? tensor : fail('a tensor as parameter', excerpt(tensor)),
  };
  return {
    fail,
    global: (module, name) => {
      const full = `${module}.${name}`;
      const call = Object.hasOwn(calls, full) ? calls[full] : undefined;
      if (call) return new Callable(full, call);
      const isTorch = module === 'torch' || module === 'torch.cuda';
      const dtype = isTorch && Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
      if (dtype) return new StorageType(dtype);
      if (module === 'torch' && /^(float|int|uint|bfloat)\d+$|^bool$/.test(name)) return new Opaque(full);
      return fail('only names that a state dict needs (nothing was run)', excerpt(full));
    },
    persistent: (id) => storageOf(id, storages, fail),
  };
}

function pairsOf(pairs: unknown, fail: Fail): [unknown, unknown][] {
  const ok = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  return ok ? (pairs as [unknown, unknown][]) : fail('pairs for an OrderedDict', excerpt(pairs));
}

/** `('storage', class, key, location, length)`, in files before PyTorch 1.6 followed by a view on it or None. */
function storageOf(id: unknown, storages: Map<string, Storage>, fail: Fail): Storage {
  if (!Array.isArray(id) || id[0] !== 'storage' || id.length < 5) return fail('a storage', excerpt(id));
  const [, type, key, , length, view = null] = id as unknown[];
  if (!(type instanceof StorageType)) return fail('a type of storage', excerpt(type));
  if (typeof key !== 'string' || !isCount(length)) {
    return fail('a key and a length of storage', `${excerpt(key)}, ${excerpt(length)}`);
  }
  const storage = storages.get(key) ?? { key, dtype: type.dtype, length, start: 0 };
  if (storage.dtype !== type.dtype || storage.length !== length) {
    return fail(`storage ${excerpt(key)} always alike`, `${type.dtype} × ${length} beside the first`);
  }
  storages.set(key, storage);
  return view === null ? storage : viewOf(storage, view, fail);
}

function viewOf(storage: Storage, view: unknown, fail: Fail): Storage {
  const [, start, length] = Array.isArray(view) ? (view as unknown[]) : [];
  if (!isCount(start) || !isCount(length) || start + length > storage.length) {
    return fail(`a view within storage ${excerpt(storage.key)}`, excerpt(view));
  }
  return { ...storage, start, length };
}

/** Arguments of `_rebuild_tensor_v2`: storage, offset, size, stride, then what is of no use here. */
function rebuild([storage, offset, shape, stride]: readonly unknown[], fail: Fail): PthTensor {
  if (!isStorage(storage)) return fail('a tensor on a storage', excerpt(storage));
  if (!isShape(shape)) return fail('a tensor with at most six whole sizes as shape', excerpt(shape));
  if (!isShape(stride) || stride.length !== shape.length || !isCount(offset)) {
    return fail('an offset and a stride for each axis', `${excerpt(offset)}, ${excerpt(stride)}`);
  }
  const count = elementsOf(shape);
  const last = shape.reduce((place, size, axis) => place + (size - 1) * (stride[axis] ?? 0), offset);
  if (count > 0 && !(last < storage.length)) {
    return fail(
      `a tensor within its storage of ${storage.length}`,
      `[${shape.join(', ')}] up to place ${last}`,
    );
  }
  // A tensor with stride 0 may be larger than its storage, but files are no place for absurd ones.
  if (count > Math.max(storage.length, MAX_EXPANDED)) {
    return fail(`a tensor of at most ${storage.length} elements`, `[${shape.join(', ')}]`);
  }
  return new PthTensor(storage, offset, [...shape], [...stride]);
}

const MAX_EXPANDED = 1 << 20;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isStorage(value: unknown): value is Storage {
  return (
    typeof value === 'object' && value !== null && 'key' in value && 'length' in value && 'start' in value
  );
}
