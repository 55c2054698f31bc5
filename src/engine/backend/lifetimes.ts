/**
 * Frees what is out of reach. TensorFlow.js frees a tensor when it is told to (`dispose`, `tidy`); TensorFlow's memory
 * stands outside of V8's heap, so that JavaScript's own collection never minds it. Here the data of each tensor is
 * watched by the addon in lifetimes.cc: once a garbage collection has found that no tensor leads to it any more, the
 * next tensor that is made frees it. What is within reach, from a closure, a Map or a field, is never touched.
 *
 * Collections are asked for by what was made since the last one: minor ones, which take about a millisecond and see what
 * a step left behind, and full ones for what had grown old before it was dropped.
 */
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import * as tf from '../tfjs';
import type { NativeBackend, TensorRecord } from './native';

interface Addon {
  /** Holds an object weakly; the number stands for it. */
  watch(object: object): number;
  forget(slot: number): void;
  object(slot: number): object | undefined;
  /** The numbers of those that were collected since the last call. */
  collected(): Int32Array;
  /** Tells V8 of memory outside of its heap, by the change in bytes. */
  tell(change: number): void;
}

/** What is left to do when the data of a tensor is out of reach; leads nowhere, or it would never be. */
export interface Remains {
  /** TensorFlow's number of the tensor, -1 where it has none. */
  id: number;
  /** How many tensors shared the data. */
  refCount: number;
}

/** What is added between two looks, in bytes and in tensors: small enough to bound memory, seldom enough to be cheap. */
const LOOK_BYTES = 64 * 2 ** 20;
const LOOK_TENSORS = 20_000;
/** A full collection, which may take a tenth of a second, has to be worth it. */
const FULL_BYTES = 512 * 2 ** 20;
const FULL_GROWTH = 2;

const SIZES: Readonly<Record<number, number>> = { 1: 4, 2: 8, 3: 4, 4: 1, 6: 1, 8: 8, 9: 8, 10: 1 };
const bytesOf = ({ shape, dtype }: TensorRecord): number =>
  shape.reduce((product, length) => product * length, SIZES[dtype] ?? 4);

/** Node 20's V8 takes any argument for a wish for a minor collection; without one the collection is full. */
type Collect = (options?: { type: 'minor' }) => void;

/** V8's `gc`, without leaving it to others. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return collect;
}

/** The counts of TensorFlow.js's engine, which only what is disposed of by hand changes. */
interface EngineState {
  numTensors: number;
  numBytes: number;
  numDataBuffers: number;
}
interface Storage {
  set: (dataId: object, record: TensorRecord) => void;
  delete: (dataId: object) => boolean;
  dataIdsCount: number;
}

interface Watched {
  readonly remains: Remains;
  readonly bytes: number;
}

const SLOT = Symbol('slot');
type DataId = object & { [SLOT]?: number };

/** What tensors take, and what freeing them took. */
export interface Memory {
  /** Of all data of tensors, as TensorFlow holds it. Several tensors may share data. */
  readonly bytes: number;
  /** How many there are, each data counted once. */
  readonly tensors: number;
  /** Garbage collections that were asked for so far, and the milliseconds that they and freeing took. */
  readonly minorCollections: number;
  readonly fullCollections: number;
  readonly milliseconds: number;
}

/** Watches the data of all tensors of a backend. */
export class Lifetimes {
  private readonly watched = new Map<number, Watched>();
  private readonly others = new Map<number, () => void>();
  private readonly collect = collector();
  private readonly storage: Storage;
  private live = 0;
  private told = 0;
  /** Bytes and tensors after the last look. */
  private seen = { bytes: 0, tensors: 0 };
  /** Live bytes after the last full collection. */
  private settled = 0;
  private readonly counts = { minorCollections: 0, fullCollections: 0, milliseconds: 0 };

  constructor(
    private readonly backend: NativeBackend,
    private readonly addon: Addon,
  ) {
    this.storage = backend.tensorMap as unknown as Storage;
    const { set, delete: remove } = this.storage;
    this.storage.set = (dataId: DataId, record) => {
      this.look();
      this.forget(dataId);
      set.call(this.storage, dataId, record);
      this.watch(dataId, record);
    };
    this.storage.delete = (dataId: DataId) => {
      this.forget(dataId);
      return remove.call(this.storage, dataId);
    };
  }

  /** Calls `free` some time after `object` has gone out of reach; `free` must not lead to it. */
  whenUnreachable(object: object, free: () => void): void {
    this.others.set(this.addon.watch(object), free);
  }

  /** Holds an object weakly. Unlike a `WeakRef`, it does not keep it until the event loop turns. */
  weakly<T extends object>(object: T): WeakReference<T> {
    let slot: number | undefined = this.addon.watch(object);
    this.others.set(slot, () => (slot = undefined)); // the number is given to another object then
    return { deref: () => (slot === undefined ? undefined : (this.addon.object(slot) as T | undefined)) };
  }

  /** Says what there is, after freeing all that is out of reach unless told otherwise. */
  counted(collect: boolean): Memory {
    if (collect) this.full();
    return { bytes: this.live, tensors: this.watched.size, ...this.counts };
  }

  private watch(dataId: DataId, record: TensorRecord): void {
    const bytes = bytesOf(record);
    const slot = this.addon.watch(dataId);
    dataId[SLOT] = slot;
    this.watched.set(slot, { remains: record.remains ?? record, bytes });
    this.live += bytes;
  }

  private forget(dataId: DataId): void {
    const slot = dataId[SLOT];
    const known = slot === undefined ? undefined : this.watched.get(slot);
    if (slot === undefined || known === undefined) return;
    this.addon.forget(slot);
    this.watched.delete(slot);
    dataId[SLOT] = undefined;
    this.live -= known.bytes;
  }

  /** Frees what is out of reach when enough was added since the last time. */
  private look(): void {
    const added = this.live - this.seen.bytes;
    if (added < LOOK_BYTES && this.watched.size - this.seen.tensors < LOOK_TENSORS) return;
    const before = this.live;
    this.timed(() => {
      this.sweep();
      if (before - this.live > added / 2) return;
      this.counts.minorCollections += 1;
      this.collect({ type: 'minor' });
      this.sweep();
    });
    if (this.live > Math.max(FULL_BYTES, FULL_GROWTH * this.settled)) this.full();
    this.seen = { bytes: this.live, tensors: this.watched.size };
    this.tell();
  }

  private full(): void {
    this.counts.fullCollections += 1;
    this.timed(() => {
      this.collect();
      this.sweep();
    });
    this.settled = this.live;
  }

  private timed(work: () => void): void {
    const start = performance.now();
    work();
    this.counts.milliseconds += performance.now() - start;
  }

  private sweep(): void {
    for (const slot of this.addon.collected()) {
      const [one, free] = [this.watched.get(slot), this.others.get(slot)];
      this.watched.delete(slot);
      this.others.delete(slot);
      if (one) this.free(one);
      free?.();
    }
  }

  private free({ remains, bytes }: Watched): void {
    if (remains.id >= 0) this.backend.binding.deleteTensor(remains.id);
    this.live -= bytes;
    const state = tf.engine().state as unknown as EngineState;
    state.numTensors -= remains.refCount;
    state.numBytes -= remains.refCount * bytes;
    state.numDataBuffers -= 1;
    this.storage.dataIdsCount -= 1;
  }

  /** V8 hears of what is in use, not of every tensor: it would start a collection for each that comes and goes. */
  private tell(): void {
    this.addon.tell(this.live - this.told);
    this.told = this.live;
  }
}

let lifetimes: Lifetimes | undefined;

/** Begins to free what is out of reach; done once, when the native backend is loaded. */
export function watchLifetimes(backend: NativeBackend, addon: string): void {
  lifetimes = new Lifetimes(backend, createRequire(__filename)(addon) as Addon);
}

/**
 * What tensors take now, after everything out of reach was freed; with `collect: false` without looking for that, which
 * takes some ten milliseconds. On plain JavaScript, where V8 frees, it is what was not disposed of by hand.
 * @example
 * console.log(`${memory().bytes / 1e6} MB in ${memory().tensors} tensors`);
 */
export function memory({ collect = true } = {}): Memory {
  if (lifetimes) return lifetimes.counted(collect);
  const { numBytes: bytes, numDataBuffers: tensors } = tf.memory();
  return { bytes, tensors, minorCollections: 0, fullCollections: 0, milliseconds: 0 };
}

/** What a `WeakRef` offers. */
export interface WeakReference<T extends object> {
  deref(): T | undefined;
}

/** Holds an object weakly, so that it can be collected while a loop runs. */
export function weakly<T extends object>(object: T): WeakReference<T> {
  return lifetimes?.weakly(object) ?? new WeakRef(object);
}

/** Calls `free` some time after `object` has gone out of reach; `free` must not lead to it. */
export function whenUnreachable(object: object, free: () => void): void {
  lifetimes?.whenUnreachable(object, free);
}
