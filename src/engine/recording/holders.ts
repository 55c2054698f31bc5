/**
 * Who holds the variables: modules, which hold variables and other modules as replaceable properties. A recording
 * contains the variables that were there when it was made, so it is true only while the modules it went through still
 * hold the same ones. Every holder makes itself known when it is built; a recording then finds the holders of the
 * variables it used, whichever way its function came by them.
 */
import { weakly, type WeakReference } from '../backend/lifetimes';
import type * as tf from '../tf';
import { watchFields } from './fields';

/** The method by which a holder gives the variables and holders directly below it, in a stable order. */
export const held = Symbol('held');

/** An object that owns variables, and says which objects below it own more. */
export interface Holder {
  [held](): readonly object[];
}

// Weak: a model that nobody uses any more can be collected.
const holders = new Set<WeakReference<Holder>>();
const collected = new FinalizationRegistry<WeakReference<Holder>>((reference) => holders.delete(reference));

/** Makes a holder known to recordings made from now on. */
export function registerHolder(holder: Holder): void {
  const reference = weakly(holder);
  holders.add(reference);
  collected.register(holder, reference);
  watchFields(holder);
}

/** Tells whether every holder that a recording went through still holds what it held. */
export class Holdings {
  private readonly known: readonly (readonly [Holder, readonly object[]])[];

  constructor(variables: Iterable<tf.Variable>) {
    this.known = [...involved(variables)].map((holder) => [holder, holder[held]()]);
  }

  get unchanged(): boolean {
    return this.known.every(([holder, before]) => {
      const now = holder[held]();
      return now.length === before.length && now.every((item, i) => item === before[i]);
    });
  }
}

/** The holders above the variables, and those below them without variables: activations, dropout, pooling. */
function involved(variables: Iterable<tf.Variable>): Set<Holder> {
  const above = holdersByItem();
  const found = new Set<Holder>();
  const climb = (item: object): void => {
    for (const holder of above.get(item) ?? []) {
      if (found.has(holder)) continue;
      found.add(holder);
      climb(holder);
    }
  };
  for (const variable of variables) climb(variable);
  // A set's loop also visits what is added meanwhile.
  for (const holder of found) {
    for (const item of holder[held]()) if (isHolder(item) && isBare(item)) found.add(item);
  }
  return found;
}

function holdersByItem(): Map<object, Holder[]> {
  const above = new Map<object, Holder[]>();
  for (const reference of holders) {
    const holder = reference.deref();
    for (const item of holder?.[held]() ?? []) {
      const known = above.get(item);
      if (known) known.push(holder as Holder);
      else above.set(item, [holder as Holder]);
    }
  }
  return above;
}

function isHolder(item: object): item is Holder {
  return held in item;
}

/** Whether there is no variable in or below a holder: with one, the recording would have met it there. */
function isBare(holder: Holder): boolean {
  return holder[held]().every((item) => isHolder(item) && isBare(item));
}
