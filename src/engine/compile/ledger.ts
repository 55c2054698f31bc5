/**
 * Keeps variables true in JavaScript and in any number of compiled functions at once.
 *
 * A compiled function holds its variables as TensorFlow resources in its own session, because the fused optimizer
 * operations update only those. Passing all of them in and out at every call instead hands buffers over by reference,
 * but TensorFlow copies a shared buffer before it updates it: the guide's CNN with Adam took 51 ms a step that way and
 * 40 ms this way (minima of 40 steps each in turns, on a busy machine). So each variable has one current owner:
 *
 * - JavaScript, after `assign`, `loadStateDict` or an eager step. The variable then has data that the ledger has not
 *   seen, and the next call hands it to the session.
 * - A session, after a call that wrote the variable. The variable then has lazy data: its TensorFlow number is fetched
 *   from the session when somebody first asks for it, be it an eager operation, `dataSync` or another session.
 *
 * Versions count the writes; a session that holds an older version than the current one is handed the value before it
 * runs. Lazy data that somebody has fetched or shares is left as it is and replaced by new lazy data, so a tensor read
 * from a variable never changes.
 */
import type { NativeBackend, TensorRecord } from '../backend/native';
import * as tf from '../tf';

/** Where a variable's current value can be fetched: the binding's number of a new tensor holding it. */
export interface Owner {
  fetch(variable: tf.Variable): number;
}

interface Entry {
  /** The data that holds, or will fetch, version `version`. */
  dataId: object;
  version: number;
}

const entries = new WeakMap<tf.Variable, Entry>();

/** The number of the variable's current version; notices a write from JavaScript. */
export function currentVersion(variable: tf.Variable): number {
  const entry = entries.get(variable);
  if (!entry) {
    entries.set(variable, { dataId: variable.dataId, version: 1 });
    return 1;
  }
  if (entry.dataId !== variable.dataId) {
    entry.dataId = variable.dataId;
    entry.version += 1;
  }
  return entry.version;
}

/** The backend's record of a value that is still in a session. */
class LazyRecord implements TensorRecord {
  readonly values = null;
  readonly remains = { id: -1, refCount: 0 };

  constructor(
    readonly variable: tf.Variable,
    readonly owner: Owner,
    readonly shape: number[],
    readonly dtype: number,
  ) {}

  get refCount(): number {
    return this.remains.refCount;
  }

  set refCount(count: number) {
    this.remains.refCount = count;
  }

  /** Whether nobody has seen the value, so that it may still become a newer one. */
  get untouched(): boolean {
    return this.pending && this.refCount === 1;
  }

  get pending(): boolean {
    return this.remains.id < 0;
  }

  get id(): number {
    if (this.pending) this.remains.id = this.owner.fetch(this.variable);
    return this.remains.id;
  }
}

function lazyRecord(backend: NativeBackend, variable: tf.Variable): LazyRecord | undefined {
  const record = backend.tensorMap.get(variable.dataId);
  return record instanceof LazyRecord ? record : undefined;
}

/** Call before `owner` overwrites `variable`: fetches the old value if another tensor shares it. */
export function beforeWrite(backend: NativeBackend, variable: tf.Variable): void {
  const record = lazyRecord(backend, variable);
  if (record?.pending && record.refCount > 1) void record.id;
}

/** Call after `owner` has overwritten `variable`; returns the new version. */
export function afterWrite(backend: NativeBackend, variable: tf.Variable, owner: Owner): number {
  const version = currentVersion(variable) + 1;
  const record = lazyRecord(backend, variable);
  if (!(record?.untouched && record.owner === owner)) {
    const { dtype } = backend.tensorMap.get(variable.dataId);
    replaceData(backend, variable, new LazyRecord(variable, owner, variable.shape, dtype));
  }
  entries.set(variable, { dataId: variable.dataId, version });
  return version;
}

/** What `variable.assign` does, without the tensor in between: disposing that would ask for its number. */
function replaceData(backend: NativeBackend, variable: tf.Variable, record: TensorRecord): void {
  const engine = tf.engine();
  const dataId = {};
  backend.tensorMap.set(dataId, record);
  engine.disposeTensor(variable);
  (variable as { dataId: object }).dataId = dataId;
  engine.incRef(variable, tf.backend());
}

/** Gives a variable's lazy data, where it still waits for `owner`, the number of its value; says whether it did. */
export function settle(backend: NativeBackend, variable: tf.Variable, owner: Owner, id: number): boolean {
  const record = variable.isDisposed ? undefined : lazyRecord(backend, variable);
  if (!record?.pending || record.owner !== owner) return false;
  record.remains.id = id;
  return true;
}

/** Call before `owner` goes away: fetches what only it holds. */
export function release(backend: NativeBackend, variable: tf.Variable, owner: Owner): void {
  if (variable.isDisposed) return;
  const record = lazyRecord(backend, variable);
  if (record?.owner === owner && record.pending) void record.id;
}
