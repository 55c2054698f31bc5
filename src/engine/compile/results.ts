/** What a compiled function returns: the shape of the recorded result, filled with each call's tensors. */
import { types } from 'node:util';

import { hasGraph, Node, setEdge } from '../autograd/tapenode';
import { type Output, outputName } from '../graph/graph';
import { CompileError } from '../recording/callsite';
import * as tf from '../tf';
import type { Recorder } from './recorder';
import { isTensor, mapLeaves } from './structure';

/** Stands for a tensor in the recorded result. */
export class Slot {
  constructor(
    readonly kind: 'argument' | 'result',
    readonly index: number,
    /** Slots of one tensor object share a number; several tensors may be one output of the graph. */
    readonly tensor: number,
    /** Whether gradients would reach what the function itself returned. */
    readonly hasGraph = false,
  ) {}
}

/** Stands where the way back from a result would begin; it says what to do instead. */
const closed = new Node('a compiled function', {
  edges: new Map(),
  saved: [],
  gradient: () => {
    throw new Error(
      'Cannot go backward through the result of a compiled function: a recording keeps no graph; call backward() inside ' +
        'the function, call the function without compile, or wrap its use in noGrad',
    );
  },
});

/** How the result of a call is put together out of what the graph gives. */
export class ResultPlan {
  constructor(
    /** What the function returned, with slots for its tensors. */
    readonly skeleton: unknown,
    /** The graph's outputs to fetch, each once. */
    readonly outputs: readonly Output[],
  ) {}

  /** The result of one call, from the fetched tensors and the call's own arguments. */
  fill(fetched: readonly tf.Tensor[], args: readonly tf.Tensor[]): unknown {
    const made = new Map<number, tf.Tensor | undefined>();
    const given = new Set<number>();
    return mapLeaves(this.skeleton, (leaf) => {
      if (!(leaf instanceof Slot)) return leaf;
      if (leaf.kind === 'argument') return args[leaf.index];
      if (!made.has(leaf.tensor)) {
        const first = fetched[leaf.index];
        const tensor = given.has(leaf.index) ? first?.clone() : first;
        if (tensor && leaf.hasGraph) setEdge(tensor, { node: closed, index: 0 });
        made.set(leaf.tensor, tensor);
        given.add(leaf.index);
      }
      return made.get(leaf.tensor);
    });
  }
}

/** Tensors within would be those of the recorded call for ever. */
function refuse(leaf: unknown): void {
  if (types.isMap(leaf) || types.isSet(leaf)) {
    throw new CompileError('the function returns a Map or a Set', 'return an array or a plain object');
  }
  if (typeof leaf !== 'object' || leaf === null) return;
  const values = Object.values(leaf) as unknown[];
  if (values.some((value) => isTensor(value) && !(value instanceof tf.Variable))) {
    const name = (leaf.constructor as { name?: string } | undefined)?.name ?? 'a class';
    throw new CompileError(`the function returns tensors in an object of ${name}`, 'return a plain object');
  }
}

/**
 * Plans how to return `result`; `copies` are the tensors that stood for the arguments.
 * @throws CompileError if the recording has a problem
 */
export function planResults(recorder: Recorder, result: unknown, copies: readonly tf.Tensor[]): ResultPlan {
  if (recorder.problems[0]) throw recorder.problems[0];
  const outputs: Output[] = [];
  const indices = new Map<string, number>();
  const tensors = new Map<tf.Tensor, number>();
  const slotOf = (tensor: tf.Tensor): Slot => {
    const argument = copies.indexOf(tensor);
    if (argument >= 0) return new Slot('argument', argument, -1);
    const output = recorder.fetchable(tensor);
    const name = outputName(output);
    if (!indices.has(name)) indices.set(name, outputs.push(output) - 1);
    if (!tensors.has(tensor)) tensors.set(tensor, tensors.size);
    return new Slot('result', indices.get(name) ?? 0, tensors.get(tensor) ?? 0, hasGraph(tensor));
  };
  const skeleton = mapLeaves(result, (leaf) => {
    if (leaf instanceof tf.Variable) return leaf;
    if (isTensor(leaf)) return slotOf(leaf);
    refuse(leaf);
    return leaf;
  });
  return new ResultPlan(skeleton, outputs);
}
