/**
 * Names and values of a module's state: from property paths to PyTorch's names, and back into the variables.
 */
import * as tf from '../engine/tf';

/** Result of `loadStateDict`: names the module has and the given state lacks, and the other way round. */
export interface LoadReport {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/**
 * PyTorch's spelling of a property: `weightIhL0Reverse` → `weight_ih_l0_reverse`; `W_q` and `conv1` stay, as does what
 * begins with a capital, `AuxLogits`: PyTorch's programs write such names as they are.
 */
export function snakeCase(property: string): string {
  if (/^[A-Z]/.test(property)) return property;
  return property.replace(/([a-z0-9])([A-Z])/g, (_, before: string, letter: string) => {
    return `${before}_${letter.toLowerCase()}`;
  });
}

/**
 * Copies `given` into `own`, name by name. Nothing is written unless everything fits.
 * @throws TypeError listing every missing and unexpected name (when strict) and every wrong shape
 */
export function loadState(
  model: string,
  own: ReadonlyMap<string, tf.Variable>,
  given: ReadonlyMap<string, tf.Tensor>,
  strict: boolean,
): LoadReport {
  // PyTorch itself does without the batch counter: files older than version 0.4.1 have none.
  const missingKeys = [...own.keys()].filter((k) => !given.has(k) && !k.endsWith('num_batches_tracked'));
  const unexpectedKeys = [...given.keys()].filter((k) => !own.has(k));
  const problems = [
    ...(strict ? listed('missing', missingKeys) : []),
    ...(strict ? listed('unexpected', unexpectedKeys) : []),
    ...listed('wrong shape', wrongShapes(own, given)),
  ];
  if (problems.length > 0) throw new TypeError(`Cannot load state into ${model}:\n${problems.join('\n')}`);
  for (const [name, variable] of own) {
    const value = given.get(name);
    if (value) assign(variable, value);
  }
  return { missingKeys, unexpectedKeys };
}

function listed(what: string, items: readonly string[]): string[] {
  return items.length > 0 ? [`  ${what} (${items.length}): ${items.join(', ')}`] : [];
}

function wrongShapes(own: ReadonlyMap<string, tf.Variable>, given: ReadonlyMap<string, tf.Tensor>): string[] {
  return [...own].flatMap(([name, { shape }]) => {
    const got = given.get(name)?.shape ?? shape;
    const same = got.length === shape.length && got.every((size, i) => size === shape[i]);
    return same ? [] : [`${name} expected [${shape.join(', ')}], got [${got.join(', ')}]`];
  });
}

function assign(variable: tf.Variable, value: tf.Tensor): void {
  tf.tidy(() => variable.assign(tf.cast(value, variable.dtype)));
}
