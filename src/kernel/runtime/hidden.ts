/** TypeScript's helper functions, passed to compiled code by name. */
import * as tslib from 'tslib';

import { addDisposableResource, disposeResources } from './dispose';

const all: Record<string, unknown> = {
  ...Object.fromEntries(Object.entries(tslib).filter(([name]) => name.startsWith('__'))),
  __addDisposableResource: addDisposableResource,
  __disposeResources: disposeResources,
};

/** Names of the functions that lowered code calls, which no cell can see. */
export const helperNames: readonly string[] = Object.keys(all);
/** Those functions, in the same order. */
export const helpers: readonly unknown[] = Object.values(all);
