/** Finding a state dict in what was saved: under a path of keys, or as the parameters of a whole module. */
import { excerpt } from './claims';
import { PyObject } from './pyobject';
import { PthSparse, PthTensor } from './rebuild';

/** A tensor of a `.pth` file, whichever way it lies there. */
export type AnyTensor = PthTensor | PthSparse;

const isTensor = (value: unknown): value is AnyTensor =>
  value instanceof PthTensor || value instanceof PthSparse;

// A file names its parts at will, the same part as often as it likes: what is walked through is counted.
const MAX_VISITS = 200_000;
const MAX_DEPTH = 200;

/** What a dict, a list or an object holds, by the texts that keys can be written as. */
function children(value: unknown): ReadonlyMap<unknown, unknown> {
  if (value instanceof Map) return value;
  if (value instanceof PyObject) return new Map([...value.attributes, ...value.items]);
  return Array.isArray(value) ? new Map((value as unknown[]).map((item, i) => [i, item])) : new Map();
}

/** The child of this name, a number where the key is one. */
function child(value: unknown, key: string): { found: unknown } | undefined {
  const all = children(value);
  if (all.has(key)) return { found: all.get(key) };
  const number = Number(key);
  return key !== '' && all.has(number) ? { found: all.get(number) } : undefined;
}

/**
 * The value under a path such as `model.state_dict`. A key that has dots itself comes before the parts of it.
 * @throws RangeError naming the keys that are there
 */
export function valueAt(root: unknown, path: string, file: string): unknown {
  let value = root;
  let rest = path.split('.');
  while (rest.length > 0) {
    const lengths = rest.map((_, i) => rest.length - i);
    const length = lengths.find((count) => child(value, rest.slice(0, count).join('.')));
    if (length === undefined) throw unknownKey(path, value, root, file);
    value = child(value, rest.slice(0, length).join('.'))?.found;
    rest = rest.slice(length);
  }
  return value;
}

function unknownKey(path: string, value: unknown, root: unknown, file: string): RangeError {
  const keys = [...children(value).keys()].slice(0, 12).map(excerpt).join(', ') || 'none';
  return new RangeError(
    `Cannot read state dict of "${file}": expected a key that is there (${keys}), got "${path}"${places(root)}`,
  );
}

/** Where tensors lie, in words. */
export function places(root: unknown): string {
  const paths = pathsToTensors(root);
  return paths.length === 0
    ? ''
    : `; tensors lie under ${paths.map((path) => JSON.stringify(path)).join(', ')}`;
}

/** Paths of the dicts and modules that hold tensors, the nearest first. */
function pathsToTensors(root: unknown): string[] {
  const found: string[] = [];
  const queue: { value: unknown; path: string; depth: number }[] = [{ value: root, path: '', depth: 0 }];
  for (let visit = 0; visit < queue.length && visit < 1000 && found.length < 8; visit++) {
    const { value, path, depth } = queue[visit] ?? { value: undefined, path: '', depth: 0 };
    if (path !== '' && tensorsOf(value).size > 0) found.push(path);
    else if (depth < 4) {
      for (const [key, inner] of [...children(value)].slice(0, 100)) {
        const name = excerptKey(key);
        if (name !== undefined && children(inner).size > 0)
          queue.push({ value: inner, path: path === '' ? name : `${path}.${name}`, depth: depth + 1 });
      }
    }
  }
  return found;
}

const excerptKey = (key: unknown): string | undefined =>
  (typeof key === 'string' && key.length <= 60) || typeof key === 'number' ? String(key) : undefined;

/** The tensors by name of a dict, of a pickled module, or of one in TorchScript. */
export function tensorsOf(value: unknown): Map<string, AnyTensor> {
  if (value instanceof PyObject) return ofModule(value);
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : [];
  return new Map(entries.filter(isNamedTensor));
}

function isNamedTensor(entry: [unknown, unknown]): entry is [string, AnyTensor] {
  return typeof entry[0] === 'string' && isTensor(entry[1]);
}

interface Place {
  readonly value: unknown;
  readonly prefix: string;
  readonly depth: number;
}

/** What `state_dict()` of a module would give: its parameters and buffers, then those of the modules in it. */
function ofModule(root: PyObject): Map<string, AnyTensor> {
  const tensors = new Map<string, AnyTensor>();
  const stack: Place[] = [{ value: root, prefix: '', depth: 0 }];
  for (let visits = 0; stack.length > 0; visits++) {
    const { value, prefix, depth } = stack.pop() ?? { value: undefined, prefix: '', depth: 0 };
    if (visits > MAX_VISITS || depth > MAX_DEPTH) return new Map(); // no module is like that
    if (!(value instanceof PyObject)) continue;
    const { own, inner } = partsOf(value);
    for (const [name, tensor] of own) if (isTensor(tensor)) tensors.set(`${prefix}${String(name)}`, tensor);
    const below = inner.map(([name, module]) => ({
      value: module,
      prefix: `${prefix}${String(name)}.`,
      depth: depth + 1,
    }));
    stack.push(...below.reverse());
  }
  return tensors;
}

type Pairs = readonly (readonly [unknown, unknown])[];

function partsOf(module: PyObject): { own: Pairs; inner: Pairs } {
  const attributes = module.attributes;
  const pairs = (name: string): Pairs => {
    const part = attributes.get(name);
    return part instanceof Map ? [...(part as Map<unknown, unknown>)] : [];
  };
  if (!attributes.has('_parameters')) {
    // TorchScript keeps tensors and modules side by side as attributes.
    return module.name.startsWith('__torch__')
      ? { own: [...attributes], inner: [...attributes] }
      : { own: [], inner: [] };
  }
  const passing = attributes.get('_non_persistent_buffers_set');
  const buffers = pairs('_buffers').filter(([name]) => !(passing instanceof Set && passing.has(name)));
  return { own: [...pairs('_parameters'), ...buffers], inner: pairs('_modules') };
}
