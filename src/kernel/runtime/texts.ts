/** Functions and promises show as the user wrote them, without what the kernel and Node add. */
import { inspect, type InspectOptions } from 'node:util';

import { unmarked } from '../link/marks';

/** From now on a function's text is the one that was written. */
export function showFunctionsAsWritten(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with a function as `this`
  const native = Function.prototype.toString;
  const text = (of: unknown): string => unmarked(native.call(of));
  const { prototype } = Function;
  const shows = {
    toString(this: unknown): string {
      return text(this === prototype.toString ? native : this);
    },
  };
  const descriptor = Object.getOwnPropertyDescriptor(shows, 'toString');
  if (descriptor) Object.defineProperty(prototype, 'toString', { ...descriptor, enumerable: false });
}

const CUSTOM = inspect.custom;

/** Node 20 and 22 keep what follows a cell as properties of promises and timers; printed, they would show it. */
export function hideContext(...types: readonly { readonly prototype: object }[]): void {
  for (const { prototype } of types)
    Object.defineProperty(prototype, CUSTOM, { value: shown, writable: true, configurable: true });
}

function shown(this: object, _depth: number, options: InspectOptions): string {
  for (const key of Object.getOwnPropertySymbols(this))
    if (/async_id|trigger_async|asyncId|triggerId|kResourceStore/.test(key.description ?? ''))
      Object.defineProperty(this, key, { enumerable: false });
  Object.defineProperty(this, CUSTOM, { value: undefined, configurable: true });
  try {
    return inspect(this, options);
  } finally {
    Reflect.deleteProperty(this, CUSTOM);
  }
}
