/** Which callbacks every run of `fit` gets beside its own. Imports nothing, so that `viz` may load it cheaply. */
import type { Callback } from './callback';

let makeDefaults: (() => Callback[]) | undefined;

/** Says what shows a run from now on (`viz` does so when it is loaded); undefined: a line of text an epoch. */
export function setDefaultCallbacks(make: (() => Callback[]) | undefined): void {
  makeDefaults = make;
}

/** The registered callbacks, made anew for one run; undefined where none are registered. */
export const defaultCallbacks = (): Callback[] | undefined => makeDefaults?.();
