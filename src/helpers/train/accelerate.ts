/** Steps made fast: recorded once and replayed as one TensorFlow graph, where that is possible. */
import { say } from '../../../bin/bootstrap/language';
import { compile, type HalfType } from '../../engine/compile';

/** A function that may be replayed from a recording; `dispose` frees it. */
export interface Accelerated<A extends unknown[], R> {
  readonly run: (...args: A) => R;
  /** Says that code has run which may have changed what the function reads: the next call is checked. */
  recheck(): void;
  dispose(): void;
}

/** Reasons already told in this process: a course trains dozens of times. */
const told = new Set<string>();

function tell(reason: string, precision: HalfType | undefined): void {
  if (told.has(reason)) return;
  told.add(reason);
  const lost =
    precision === undefined
      ? ''
      : say({ zh: `，精度仍是 float32，不是 ${precision}`, en: `, in float32, not in ${precision}` });
  console.log(
    say({
      zh: `未编译成计算图（${reason}），改为逐个操作执行，速度会慢一些${lost}`,
      en: `Not compiled into a graph (${reason}): operation by operation instead, which is slower${lost}`,
    }),
  );
}

/**
 * Compiles a step unless `on` is false. A step that cannot be recorded runs operation by operation, after one line
 * that says why.
 */
export function accelerate<A extends unknown[], R>(
  step: (...args: A) => R,
  on: boolean,
  precision?: HalfType,
): Accelerated<A, R> {
  if (!on) return { run: step, recheck: () => undefined, dispose: () => undefined };
  const compiled = compile(step, { onFallback: (reason) => tell(reason, precision), precision });
  return { run: compiled, recheck: () => compiled.recheck(), dispose: () => compiled.dispose() };
}

/** Steps kept for a model, newest first, so that looking at it again does not record again. */
const kept = new WeakMap<object, { key: readonly unknown[]; made: unknown; dispose(): void }[]>();
const KEPT = 4;

/**
 * The accelerated step made for this model and key before, or a new one. Keys are compared part by part, so a loss
 * written in place is a new key each time; the oldest of four makes room.
 */
export function acceleratedFor<T extends { dispose(): void }>(
  model: object,
  key: readonly unknown[],
  make: () => T,
): T {
  const known = kept.get(model) ?? [];
  kept.set(model, known);
  const same = known.find(
    (entry) => entry.key.length === key.length && entry.key.every((part, i) => part === key[i]),
  );
  if (same) return same.made as T;
  const made = make();
  known.unshift({ key, made, dispose: () => made.dispose() });
  known.splice(KEPT).forEach((entry) => entry.dispose());
  return made;
}
