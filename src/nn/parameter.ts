/**
 * Parameters and buffers: `tf.Variable`s that know their role and how their axes differ from PyTorch's.
 */
import { weakly, type WeakReference } from '../engine/backend/lifetimes';
import * as tf from '../engine/tf';

/**
 * Order of a variable's axes beside PyTorch's: `plain` is PyTorch's own; `HWIO` is a convolution kernel whose first
 * two axes went behind the others, in turned order. That takes PyTorch's `[out, in, h, w]` of a convolution to
 * `[h, w, in, out]` and its `[in, out, h, w]` of a transposed convolution to `[h, w, out, in]`, the orders TensorFlow
 * computes with; likewise with one axis of the window or three.
 */
export type Layout = 'plain' | 'HWIO';

interface Role {
  readonly kind: 'parameter' | 'buffer';
  readonly layout: Layout;
}

const roles = new WeakMap<tf.Variable, Role>();

/** Parameters that nobody has listed yet: no module that was asked for its parameters, no optimizer. */
const unlisted = new Set<WeakReference<tf.Variable>>();
const references = new WeakMap<tf.Variable, WeakReference<tf.Variable>>();

/** Notes that variables are known to a module or an optimizer. */
export function markListed(variables: Iterable<tf.Variable>): void {
  if (unlisted.size === 0) return;
  for (const variable of variables) {
    const reference = references.get(variable);
    if (reference) unlisted.delete(reference);
  }
}

/** Trainable parameters that nobody has listed, such as those of a layer in a `#private` field. */
export function unlistedParameters(): tf.Variable[] {
  return [...unlisted].flatMap((reference) => {
    const variable = reference.deref();
    if (variable && !variable.isDisposed) return variable.trainable ? [variable] : [];
    unlisted.delete(reference);
    return [];
  });
}

/** Makes a trainable variable of an initial value; the value itself is consumed. */
export function parameter(
  value: tf.Tensor,
  { layout = 'plain' }: { readonly layout?: Layout } = {},
): tf.Variable {
  const made = register(value, true, { kind: 'parameter', layout });
  const reference = weakly(made);
  references.set(made, reference);
  unlisted.add(reference);
  return made;
}

/** Makes a variable that belongs to the state but is never trained, such as running statistics. */
export function buffer(value: tf.Tensor): tf.Variable {
  return register(value, false, { kind: 'buffer', layout: 'plain' });
}

/** Whether the variable was made by `buffer`; any other variable counts as a parameter. */
export function isBuffer(variable: tf.Variable): boolean {
  return roles.get(variable)?.kind === 'buffer';
}

/** Whether a value is a variable. */
export function isVariable(value: unknown): value is tf.Variable {
  return value instanceof tf.Variable;
}

/** Whether a value is a variable made by `parameter`. */
export function isParameter(value: unknown): value is tf.Variable {
  return isVariable(value) && roles.get(value)?.kind === 'parameter';
}

/** The order of the variable's axes; `plain` for variables not made by `parameter`. */
export function layoutOf(variable: tf.Variable): Layout {
  return roles.get(variable)?.layout ?? 'plain';
}

/** How a variable's axes are permuted to PyTorch's order and back; undefined where they stand in it. */
export function torchOrder(
  variable: tf.Variable,
): { readonly to: number[]; readonly from: number[] } | undefined {
  if (layoutOf(variable) === 'plain') return undefined;
  const window = Array.from({ length: variable.rank - 2 }, (_, i) => i);
  return {
    to: [variable.rank - 1, variable.rank - 2, ...window],
    from: [...window.map((axis) => axis + 2), 1, 0],
  };
}

function register(value: tf.Tensor, trainable: boolean, role: Role): tf.Variable {
  const variable = tf.variable(value, trainable);
  value.dispose();
  roles.set(variable, role);
  return variable;
}
