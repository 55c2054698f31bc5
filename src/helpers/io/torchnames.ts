/**
 * The Python names that files of PyTorch are made of. The few that tensors and plain data need are understood; any other
 * stands for itself, and one that could only be there to do harm refuses the file.
 */
import { excerpt, isShape } from './claims';
import { bytesPerElement, type FileDtype } from './dtypes';
import { numpyScalar } from './numpy';
import { Callable, type PickleNames } from './pickle';
import { isHarmless, PyName, PyObject } from './pyobject';
import {
  isCount,
  PthSparse,
  PthTensor,
  rebuildQuantized,
  rebuildSparse,
  rebuildTensor,
  rebuildTyped,
  type Storage,
} from './rebuild';

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
  ComplexFloatStorage: 'C64',
  ComplexDoubleStorage: 'C128',
  QInt8Storage: 'I8',
  QUInt8Storage: 'U8',
  QInt32Storage: 'I32',
  UntypedStorage: 'U8',
};

/** A storage class, named in persistent ids. */
class StorageType {
  constructor(readonly dtype: FileDtype) {}
}

type Fail = PickleNames['fail'];
type Calls = Readonly<Record<string, Callable['call']>>;

/** Names and persistent ids of a file of PyTorch; `storages` collects the storages met. */
export function torchNames(fail: Fail, storages: Map<string, Storage>): PickleNames {
  const calls = { ...plainCalls(fail), ...tensorCalls(fail) };
  return {
    fail,
    hasAttributes: (value) => value instanceof PthTensor || value instanceof PthSparse,
    global: (module, name) => {
      const full = `${module.replace(/^__builtin__$/, 'builtins')}.${name}`;
      const call = Object.hasOwn(calls, full) ? calls[full] : undefined;
      if (call) return new Callable(full, call);
      const isTorch = /^torch(\.cuda|\.storage)?$/.test(module);
      const dtype = isTorch && Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
      if (dtype) return new StorageType(dtype);
      if (isHarmless(full)) return new PyName(full);
      return fail('only names that a state dict needs (nothing was run)', excerpt(full));
    },
    persistent: (id) => persistentOf(id, storages, fail),
  };
}

/** Plain data of Python. */
function plainCalls(fail: Fail): Calls {
  const scalar: Callable['call'] = (args) =>
    numpyScalar(args) ?? new PyObject('numpy.core.multiarray.scalar', args);
  const first: Callable['call'] = ([value]) => value;
  const asSet: Callable['call'] = ([items = []]) =>
    Array.isArray(items) ? new Set<unknown>(items) : fail('items for a set', excerpt(items));
  return {
    'collections.OrderedDict': ([pairs = []]) => new Map(pairsOf(pairs, fail)),
    'collections.defaultdict': () => new Map(),
    'collections.Counter': ([counts = new Map()]) =>
      counts instanceof Map ? counts : fail('counts', 'others'),
    'builtins.set': asSet,
    'builtins.frozenset': asSet,
    'builtins.bytearray': (args) => bytesOfText(args, fail),
    'builtins.bytes': (args) => bytesOfText(args, fail),
    '_codecs.encode': (args) => bytesOfText(args, fail),
    'numpy.core.multiarray.scalar': scalar,
    'numpy._core.multiarray.scalar': scalar,
    // TorchScript's lists, which carry their type
    'torch.jit._pickle.build_intlist': first,
    'torch.jit._pickle.build_boollist': first,
    'torch.jit._pickle.build_doublelist': first,
    'torch.jit._pickle.build_tensorlist': first,
    'torch.jit._pickle.restore_type_tag': first,
  };
}

/** Tensors and what belongs to them. */
function tensorCalls(fail: Fail): Calls {
  const tensor = (value: unknown): unknown =>
    value instanceof PthTensor || value instanceof PthSparse || value instanceof PyObject
      ? value
      : fail('a tensor as parameter', excerpt(value));
  return {
    'torch.Size': ([sizes]) => (isShape(sizes) ? [...sizes] : fail('a torch.Size of sizes', excerpt(sizes))),
    'torch.device': ([name]) =>
      typeof name === 'string' ? name : fail('the name of a device', excerpt(name)),
    'torch.serialization._get_layout': ([name]) => name,
    'torch._utils._rebuild_tensor': (args) => rebuildTensor(args, fail),
    'torch._utils._rebuild_tensor_v2': (args) => rebuildTensor(args, fail),
    'torch._utils._rebuild_tensor_v3': (args) => rebuildTyped(args, fail),
    'torch._utils._rebuild_qtensor': (args) => rebuildQuantized(args, fail),
    'torch._utils._rebuild_sparse_tensor': (args) => rebuildSparse(args, fail),
    'torch._utils._rebuild_parameter': ([value]) => tensor(value),
    'torch._utils._rebuild_parameter_with_state': ([value]) => tensor(value),
    'torch._utils._rebuild_device_tensor_from_cpu_tensor': ([value]) => tensor(value),
    'torch.nn.parameter.Parameter': ([value]) => tensor(value),
    // A class of tensors with attributes: the function that makes the tensor, the class, its arguments, attributes
    'torch._tensor._rebuild_from_type_v2': ([make, type, args]) =>
      make instanceof Callable && Array.isArray(args)
        ? make.call(args)
        : new PyObject(type instanceof PyName ? type.name : 'torch.Tensor', Array.isArray(args) ? args : []),
  };
}

/** `bytes` in pickles of protocol 2: a text of which every character is one byte, and how it was decoded. */
function bytesOfText([text = '', encoding]: readonly unknown[], fail: Fail): Uint8Array {
  if (text instanceof Uint8Array) return text;
  if (typeof text !== 'string') return fail('a text of bytes', excerpt(text));
  const isLatin =
    encoding === undefined || /^(latin.?1|iso.?8859.?1|ascii)$/i.test(excerpt(encoding).replaceAll('"', ''));
  return Uint8Array.from(Buffer.from(text, isLatin ? 'latin1' : 'utf8'));
}

function pairsOf(pairs: unknown, fail: Fail): [unknown, unknown][] {
  const ok = Array.isArray(pairs) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
  return ok ? (pairs as [unknown, unknown][]) : fail('pairs for an OrderedDict', excerpt(pairs));
}

/** `('storage', class, key, location, length)`, in files before PyTorch 1.6 followed by a view on it or None. */
function persistentOf(id: unknown, storages: Map<string, Storage>, fail: Fail): unknown {
  const parts: readonly unknown[] = Array.isArray(id) ? (id as unknown[]) : [];
  if (parts[0] === 'module' && parts.length >= 2) return parts[1]; // a class of modules and its source
  if (parts[0] !== 'storage' || parts.length < 5) return fail('a storage', excerpt(id));
  const [, type, key, , length, view = null] = parts;
  if (!(type instanceof StorageType)) return fail('a type of storage', excerpt(type));
  if (typeof key !== 'string' || !isCount(length)) {
    return fail('a key and a length of storage', `${excerpt(key)}, ${excerpt(length)}`);
  }
  const storage = { key, dtype: type.dtype, length, start: 0 };
  const first = storages.get(key) ?? storage;
  const bytes = (one: Storage): number => one.length * bytesPerElement(one.dtype);
  if (bytes(first) !== bytes(storage)) {
    return fail(`storage ${excerpt(key)} always alike`, `${type.dtype} × ${length} beside the first`);
  }
  storages.set(key, first);
  return view === null ? storage : viewOf(storage, view, fail);
}

function viewOf(storage: Storage, view: unknown, fail: Fail): Storage {
  const [, start, length] = Array.isArray(view) ? (view as unknown[]) : [];
  if (!isCount(start) || !isCount(length) || start + length > storage.length) {
    return fail(`a view within storage ${excerpt(storage.key)}`, excerpt(view));
  }
  return { ...storage, start, length };
}
