/** What an operation's outputs will look like, by TensorFlow's own rules and without computing them: see shapes.cc. */
import { createRequire } from 'node:module';

import type { OpAttribute } from './native';

/** A graph of operations of which only shapes are of interest. */
interface Native {
  begin(): object;
  end(graph: object): void;
  living(): number;
  known(graph: object, shape: readonly number[], dtype: number): number;
  constant(graph: object, shape: readonly number[], dtype: number, bytes: Uint8Array): number;
  add(
    graph: object,
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly (number | number[])[],
    count: number,
  ): [slot: number, dtype: number, ...shape: number[]][] | undefined;
}

let native: Native | undefined;

/** Done once, when the native backend is loaded. */
export function loadShapes(addon: string): void {
  native = createRequire(__filename)(addon) as Native;
}

/** An output that is known so far: its number, TensorFlow's type number, its shape. */
export interface Described {
  readonly slot: number;
  readonly dtype: number;
  /** −1 where TensorFlow cannot say. */
  readonly shape: number[];
}

/** Graphs that were not disposed of. */
export const livingShapeGraphs = (): number => required().living();

/** Operations put down one after the other; outputs are named by numbers. Takes memory until it is disposed of. */
export class ShapeGraph {
  private readonly addon = required();
  private begun: object | undefined = this.addon.begin();

  private get graph(): object {
    if (this.begun) return this.begun;
    throw new Error('Cannot tell shapes: the graph was disposed of');
  }

  dispose(): void {
    if (this.begun) this.addon.end(this.begun);
    this.begun = undefined;
  }

  /** An output of which only that is known. */
  known(shape: readonly number[], dtype: number): number {
    return this.addon.known(this.graph, shape, dtype);
  }

  constant(shape: readonly number[], dtype: number, bytes: Uint8Array): number {
    return this.addon.constant(this.graph, shape, dtype, bytes);
  }

  /** The outputs of an operation; undefined where TensorFlow refuses it. */
  add(
    op: string,
    attributes: readonly OpAttribute[],
    inputs: readonly (number | number[])[],
    count: number,
  ): Described[] | undefined {
    const found = this.addon.add(this.graph, op, attributes, inputs, count);
    return found?.map(([slot, dtype, ...shape]) => ({ slot, dtype, shape }));
  }
}

function required(): Native {
  if (native) return native;
  throw new Error('Cannot tell shapes: the native library is not loaded');
}
