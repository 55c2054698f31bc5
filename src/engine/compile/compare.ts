/**
 * What differs between two recordings of one function. Where nothing in JavaScript has changed they are the same graph
 * over the same variables, to the bit; a number that a closure held stands in it as another constant.
 */
import { DType } from '../backend/native';
import type { GraphNode, Output } from '../graph/graph';
import type { ConstantValue, GraphAttribute } from '../graph/opdefs';
import { CompileError } from '../recording/callsite';
import * as tf from '../tf';
import type { GradientEffects } from './collected';
import type { Recorder } from './recorder';
import { Slot } from './results';
import { mapLeaves } from './structure';

/** All that a recording gives and takes. */
export interface Outcome {
  readonly recorder: Recorder;
  /** The placeholder of each argument tensor. */
  readonly arguments: readonly Output[];
  /** The graph's outputs that become results, in order. */
  readonly outputs: readonly Output[];
  /** Where they stand in what the function returns, and the plain values beside them. */
  readonly skeleton: unknown;
  readonly gradients: GradientEffects;
}

const REMEDY =
  'keep what changes in a field of the module, or read it through dynamicScalar(() => …) where it is a number and ' +
  'through guard(() => …) where it decides what is computed';

type Pair = readonly [known: GraphNode, now: GraphNode];

/**
 * What is not as it was, in a sentence with the line where it was met; undefined where all is.
 * @param late how many calls were made since it was last seen to be
 */
export function difference(known: Outcome, now: Outcome, late: number): CompileError | undefined {
  const found = new Comparison(known, now).find();
  if (!found) return undefined;
  const doubt = late === 0 ? '' : `the ${late} calls before this one may have been made with what it was; `;
  return new CompileError(found.what, doubt + REMEDY, now.recorder.sites.get(found.at as GraphNode)?.stack);
}

interface Found {
  readonly what: string;
  /** The node that made it, in the later recording. */
  readonly at?: GraphNode;
}

class Comparison {
  private readonly roles: readonly [Map<GraphNode, unknown>, Map<GraphNode, unknown>];
  private readonly open: Pair[] = [];
  private readonly seen = new Map<GraphNode, GraphNode>();

  constructor(
    private readonly known: Outcome,
    private readonly now: Outcome,
  ) {
    this.roles = [rolesOf(known), rolesOf(now)];
  }

  find(): Found | undefined {
    const { known, now } = this;
    if (known.recorder.dynamics.length !== now.recorder.dynamics.length) {
      return { what: 'it reads another number of dynamic values than when it was recorded' };
    }
    const returned = comparePlain(known.skeleton, now.skeleton);
    if (returned) return { what: `what it returns has changed (${returned})` };
    const unequal = this.roots();
    if (unequal) return { what: unequal };
    for (let pair = this.open.pop(); pair; pair = this.open.pop()) {
      const found = this.compare(...pair);
      if (found) return found;
    }
    return undefined;
  }

  /** Begins with the results, with the values that variables are left with, and with gradients. */
  private roots(): string | undefined {
    const { known, now } = this;
    const writes = [writesOf(known), writesOf(now)] as const;
    const grads = [gradientsOf(known), gradientsOf(now)] as const;
    if (known.outputs.length !== now.outputs.length) return 'it returns another number of tensors';
    known.outputs.forEach((output, i) => this.open.push([output.node, (now.outputs[i] as Output).node]));
    for (const [before, after] of [writes, grads]) {
      if (before.size !== after.size)
        return 'it writes other variables or gradients than when it was recorded';
      for (const [variable, node] of before) {
        const other = after.get(variable);
        if (!other) return `it no longer writes the variable ${variable.name}`;
        this.open.push([node, other]);
      }
    }
    return undefined;
  }

  private compare(known: GraphNode, now: GraphNode): Found | undefined {
    if (this.seen.get(known) === now) return undefined;
    this.seen.set(known, now);
    if (known.op !== now.op) return { what: `it computed ${known.op} and computes ${now.op} now`, at: now };
    const [before, after] = [this.roles[0].get(known), this.roles[1].get(now)];
    if (!Object.is(before, after)) return { what: otherRole(before, after), at: now };
    const what = compareAttributes(known, now);
    if (what !== undefined) return { what, at: now };
    if (known.inputs.length !== now.inputs.length || known.controls.size !== now.controls.size) {
      return { what: `${known.op} depends on other operations than when it was recorded`, at: now };
    }
    const controls = [...now.controls];
    [...known.controls].forEach((node, i) => this.open.push([node, controls[i] as GraphNode]));
    for (const [i, { node, index }] of known.inputs.entries()) {
      const other = now.inputs[i] as Output;
      if (index !== other.index) return { what: `${known.op} takes another output of ${node.op}`, at: now };
      this.open.push([node, other.node]);
    }
    return undefined;
  }
}

const writesOf = ({ recorder }: Outcome): Map<tf.Variable, GraphNode> =>
  new Map([...recorder.resources.used].flatMap(([v, { lastWrite }]) => (lastWrite ? [[v, lastWrite]] : [])));

const gradientsOf = ({ gradients }: Outcome): Map<tf.Variable, GraphNode> =>
  new Map(gradients.results.map(({ variable, output }) => [variable, output.node]));

/** What stands behind the nodes that take something from outside. */
function rolesOf({ recorder, arguments: given, gradients }: Outcome): Map<GraphNode, unknown> {
  const roles = new Map<GraphNode, unknown>();
  given.forEach(({ node }, i) => roles.set(node, `argument ${i}`));
  recorder.dynamics.forEach(({ output }, i) => roles.set(output.node, `dynamic value ${i}`));
  for (const { output, source } of recorder.captured) roles.set(output.node, source);
  for (const { variable, output } of gradients.inputs) roles.set(output.node, variable);
  for (const [variable, { handle }] of recorder.resources.used) roles.set(handle.node, variable);
  return roles;
}

function otherRole(before: unknown, after: unknown): string {
  const name = (role: unknown): string => {
    if (role instanceof tf.Variable) return `the variable ${role.name}`;
    return typeof role === 'string' ? role : 'a tensor from outside';
  };
  const [was, is] = [name(before), name(after)];
  return was === is ? `${was} is not the one it was when recorded` : `it used ${was} and uses ${is} now`;
}

function compareAttributes(known: GraphNode, now: GraphNode): string | undefined {
  for (const [name, before] of Object.entries(known.attributes)) {
    if (name === 'shared_name') continue; // counts the variables, which are compared themselves
    const after = now.attributes[name];
    if (before.kind === 'tensor' && after?.kind === 'tensor') {
      const what = compareConstants(before.value, after.value);
      if (what !== undefined) return what;
    } else if (shown(before) !== shown(after)) {
      return `${name} of ${known.op} was ${shown(before)} when it was recorded and is ${shown(after)} now`;
    }
  }
  return undefined;
}

const shown = (attribute: GraphAttribute | undefined): string => JSON.stringify(attribute?.value);

function compareConstants(before: ConstantValue, after: ConstantValue): string | undefined {
  const shapes = [before, after].map(({ shape }) => `[${shape.join(', ')}]`);
  if (shapes[0] !== shapes[1]) {
    return `a constant had the shape ${shapes[0]} when it was recorded and has ${shapes[1]} now`;
  }
  if (before.dtype === after.dtype && before.bytes.equals(after.bytes)) return undefined;
  const [was, is] = [numbersOf(before), numbersOf(after)];
  const at = was.findIndex((value, i) => !Object.is(value, is[i]));
  return `a number from JavaScript was ${was[at]} when it was recorded and is ${is[at]} now`;
}

/** The numbers of a constant, read out of a copy that begins where a number may begin. */
function numbersOf({ dtype, bytes }: ConstantValue): number[] {
  const { buffer } = Uint8Array.from(bytes);
  if (dtype === DType.float32) return Array.from(new Float32Array(buffer), (value) => +value.toPrecision(7));
  return Array.from(dtype === DType.int32 ? new Int32Array(buffer) : new Uint8Array(buffer));
}

/** What differs in the structure and in the plain values of what two calls returned. */
function comparePlain(before: unknown, after: unknown): string | undefined {
  const [was, is] = [leavesOf(before), leavesOf(after)];
  if (was.length !== is.length) return `${was.length} values were ${is.length} now`;
  const at = was.findIndex((leaf, i) => !Object.is(leaf, is[i]));
  return at < 0 ? undefined : `${String(was[at])} is ${String(is[at])} now`;
}

function leavesOf(value: unknown): unknown[] {
  const leaves: unknown[] = [];
  mapLeaves(value, (leaf) => {
    if (leaf instanceof Slot) leaves.push(`${leaf.kind} ${leaf.index}`);
    else if (typeof leaf !== 'object' || leaf === null || leaf instanceof tf.Variable) leaves.push(leaf);
    else leaves.push('an object');
  });
  return leaves;
}
