/**
 * While a function is recorded, nothing is computed: its operations give tensors of which only type and shape are
 * known, as TensorFlow says. Where a value is asked for after all, because a shape depends on it, because it is read,
 * or because a tensor outlives the recording, what leads to it is computed then, once. So a first call takes the time
 * and the memory of one call, not of two.
 */
import {
  type Binding,
  changeable,
  DType,
  type NativeBackend,
  type OpAttribute,
  type OutputInfo,
} from '../backend/native';
import { type Described, ShapeGraph } from '../backend/shapes';
import { groupInputs } from '../graph/opdefs';
import type * as tf from '../tf';
import { constantValue } from './convert';
import { replace } from './intercept';

/** An operation that waits. */
interface Work {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly number[];
  readonly count: number;
  /** The binding's numbers of its outputs, once it was computed. */
  real?: readonly number[];
}

/** Constants up to so many numbers may be shapes. */
const SHAPE_LIKE = 64;
/** Types that a tensor of TensorFlow.js has; others are handed on in ways of their own. */
const TYPES: ReadonlySet<number> = new Set([DType.float32, DType.int32, DType.bool]);

/** Runs `body` with its operations put off until they are needed, if they ever are. */
export function deferring<T>(backend: NativeBackend, body: () => T): T {
  const deferral = new Deferral(backend);
  try {
    return body();
  } finally {
    deferral.close();
  }
}

/** Outputs that are only handed on to the operation's gradient: their shapes are nobody's business. */
const RESERVES: ReadonlyMap<string, number> = new Map([
  ['FusedBatchNormV3', 5],
  ['TsdlRecurrence', 3],
]);

/** Operations from now until `close`. Tensors that wait have negative numbers. */
class Deferral {
  private readonly shapes = new ShapeGraph();
  private readonly slots = new Map<number, number>();
  private readonly waiting = new Map<number, { readonly work: Work; readonly index: number }>();
  private readonly owners = new Map<number, object>();
  /** The binding's tensors that nobody will need at the end. */
  private readonly spent = new Set<number>();
  private readonly undo: readonly (() => void)[];
  private readonly real: Binding;
  private last = -1; // which stands for none
  private closed = false;

  constructor(private readonly backend: NativeBackend) {
    this.real = backend.binding;
    this.undo = [
      replace(backend, 'binding', (binding) => this.binding(binding)),
      replace(
        backend,
        'getInputTensorIds',
        (original) => (tensors) => this.noted(tensors, original(tensors)),
      ),
      replace(backend, 'createOutputTensor', (original) => (info) => {
        const tensor = original(info);
        if (info.id < 0) this.owners.set(info.id, tensor.dataId);
        return tensor;
      }),
    ];
  }

  /** Computes what outlives the recording, and goes. */
  close(): void {
    this.closed = true;
    for (const step of this.undo) step();
    this.shapes.dispose();
    for (const [id, dataId] of this.owners) {
      const record = this.backend.tensorMap.has(dataId) ? this.backend.tensorMap.get(dataId) : undefined;
      if (record?.id !== id) continue;
      record.id = this.computed(id);
      this.spent.delete(record.id);
    }
    for (const id of this.spent) this.real.deleteTensor(id);
    // a session that was loaded meanwhile keeps the binding
    for (const map of [this.slots, this.waiting, this.owners, this.spent]) map.clear();
  }

  private binding(real: Binding): Binding {
    return Object.assign(changeable(real), {
      createTensor: (shape: number[], dtype: number, values: unknown) => {
        const id = real.createTensor(shape, dtype, values);
        if (!this.closed) this.create(id, shape, dtype, values);
        return id;
      },
      executeOp: (op: string, attributes: readonly OpAttribute[], inputs: number[], count: number) =>
        this.defer(op, attributes, inputs, count) ??
        real.executeOp(op, attributes, this.allComputed(inputs), count),
      deleteTensor: (id: number) => {
        if (this.closed) real.deleteTensor(id);
        else if (id >= 0) this.spent.add(id);
      },
      tensorDataSync: (id: number) => real.tensorDataSync(this.computed(id)),
      runSavedModel: (session: number, inputs: number[], names: string, outputs: string) =>
        real.runSavedModel(session, this.allComputed(inputs), names, outputs),
    });
  }

  private create(id: number, shape: readonly number[], dtype: number, values: unknown): void {
    if (!TYPES.has(dtype)) return;
    const size = shape.reduce((product, length) => product * length, 1);
    const shapeLike = dtype === DType.int32 && size <= SHAPE_LIKE;
    this.slots.set(
      id,
      shapeLike
        ? this.shapes.constant(shape, dtype, constantValue(shape, dtype, values).bytes)
        : this.shapes.known(shape, dtype),
    );
  }

  /** Notes what is known of tensors from outside. */
  private noted(tensors: readonly tf.TensorInfo[], ids: number[]): number[] {
    tensors.forEach(({ dataId }, i) => {
      const id = ids[i] as number;
      if (this.slots.has(id) || !(dataId as object | undefined)) return;
      const { shape, dtype } = this.backend.tensorMap.get(dataId);
      if (TYPES.has(dtype)) this.slots.set(id, this.shapes.known(shape, dtype));
    });
    return ids;
  }

  /** The outputs of an operation that is not computed; undefined where it has to be, now. */
  private defer(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    count: number,
  ): OutputInfo[] | undefined {
    if (this.closed || count === 0) return undefined; // without an output it is there for what it does
    const slots = inputs.map((id) => this.slots.get(id));
    if (!slots.every((slot) => slot !== undefined)) return undefined;
    const groups = groupInputs(op, attributes, slots);
    const outputs = groups && this.shapes.add(op, attributes, groups, count);
    const certain = outputs?.every(
      ({ dtype, shape }, i) => TYPES.has(dtype) && (!shape.includes(-1) || RESERVES.get(op) === i),
    );
    if (!outputs || !certain) return undefined;
    const work: Work = { op, attributes, inputs: [...inputs], count };
    return outputs.map((output, index) => this.wait(work, index, output));
  }

  private wait(work: Work, index: number, { slot, dtype, shape }: Described): OutputInfo {
    const id = --this.last;
    this.waiting.set(id, { work, index });
    this.slots.set(id, slot);
    return { id, dtype, shape };
  }

  private allComputed(ids: readonly number[]): number[] {
    return ids.map((id) => this.computed(id));
  }

  /** The binding's number of a tensor, computed if it waits. */
  private computed(id: number): number {
    const wanted = this.waiting.get(id);
    if (!wanted) return id;
    const open = [wanted.work];
    for (let work = open.at(-1); work; work = open.at(-1)) {
      const before = work.inputs.flatMap((input) => {
        const one = this.waiting.get(input)?.work;
        return one && !one.real ? [one] : [];
      });
      if (before.length > 0 && !work.real) open.push(...before);
      else {
        this.compute(work);
        open.pop();
      }
    }
    return wanted.work.real?.[wanted.index] as number;
  }

  private compute(work: Work): void {
    if (work.real) return;
    const inputs = work.inputs.map((input) => {
      const waited = this.waiting.get(input);
      return waited ? (waited.work.real?.[waited.index] as number) : input;
    });
    work.real = this.real.executeOp(work.op, work.attributes, inputs, work.count).map(({ id }) => id);
    for (const id of work.real) this.spent.add(id);
  }
}
