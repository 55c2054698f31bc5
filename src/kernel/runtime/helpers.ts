/** TypeScript's helper functions, passed to compiled code by name; async functions get the kernel's own driver. */
import * as tslib from 'tslib';

import { awaiter } from './guard';

const all: Record<string, unknown> = {
  ...Object.fromEntries(Object.entries(tslib).filter(([name]) => name.startsWith('__'))),
  __awaiter: awaiter,
};

export const helperNames: readonly string[] = Object.keys(all);
export const helpers: readonly unknown[] = Object.values(all);
