/**
 * TensorFlow.js keeps a list of all variables, so that none is ever out of reach: a model that is built anew in a loop, or
 * in a cell that is run again, would stay. Here the list holds them weakly.
 */
import { weakly, type WeakReference } from '../backend/lifetimes';
import * as tf from '../tfjs';

type Variables = Record<string, tf.Variable>;

function weakList(): Variables {
  const known = new Map<string, WeakReference<tf.Variable>>();
  const find = (name: string | symbol): tf.Variable | undefined => known.get(String(name))?.deref();
  return new Proxy<Variables>(
    {},
    {
      get: (_, name) => find(name),
      has: (_, name) => find(name) !== undefined,
      set: (_, name, variable: tf.Variable) => {
        known.set(String(name), weakly(variable));
        return true;
      },
      deleteProperty: (_, name) => {
        known.delete(String(name));
        return true;
      },
      ownKeys: () => {
        for (const [name, reference] of known) if (!reference.deref()) known.delete(name);
        return [...known.keys()];
      },
      getOwnPropertyDescriptor: (_, name) => {
        const value = find(name);
        return value && { value, enumerable: true, configurable: true, writable: true };
      },
    },
  );
}

/** Lets variables go that nobody uses any more; done once, when `tf` is loaded. */
export function holdVariablesWeakly(): void {
  const list = Object.assign(weakList(), tf.engine().registeredVariables);
  (tf.engine().state as { registeredVariables: Variables }).registeredVariables = list;
}
