/**
 * TypeScript's two helpers for `using`, which the tslib that tfjs asks for does not have yet. A block collects its
 * resources in an environment and gives them up in reverse order at its end, also when an error ends it.
 */

/** The state of one block with `using`. */
interface Environment {
  readonly stack: Resource[];
  error: unknown;
  hasError: boolean;
}

interface Resource {
  readonly dispose: (() => unknown) | undefined;
  readonly isAsync: boolean;
}

/**
 * Notes `value`; null and undefined are allowed.
 * @throws TypeError for a value without a method of disposal
 */
export function addDisposableResource<T>(env: Environment, value: T, isAsync: boolean): T {
  if (value === null || value === undefined) {
    if (isAsync) env.stack.push({ dispose: undefined, isAsync });
    return value;
  }
  const method = disposer(value, isAsync);
  if (method === undefined) {
    const name = isAsync ? 'Symbol.asyncDispose or Symbol.dispose' : 'Symbol.dispose';
    throw new TypeError(`Cannot use the value: expected an object with ${name}, got ${typeof value} without`);
  }
  env.stack.push({ dispose: () => method.call(value), isAsync });
  return value;
}

function disposer(value: unknown, isAsync: boolean): (() => unknown) | undefined {
  if (typeof value !== 'object' && typeof value !== 'function') return undefined;
  const owner = value as Record<symbol, unknown>;
  const method = (isAsync ? owner[Symbol.asyncDispose] : undefined) ?? owner[Symbol.dispose];
  return typeof method === 'function' ? (method as () => unknown) : undefined;
}

/**
 * Gives up what the block holds, in reverse order.
 * @throws the block's own error, or a SuppressedError of both
 */
export function disposeResources(env: Environment): Promise<void> | undefined {
  for (let resource = env.stack.pop(); resource; resource = env.stack.pop()) {
    try {
      const result = resource.dispose?.();
      if (resource.isAsync) return Promise.resolve(result).then(...goOn(env));
    } catch (error) {
      note(env, error);
    }
  }
  if (env.hasError) throw env.error;
  return undefined;
}

function goOn(
  env: Environment,
): [() => Promise<void> | undefined, (error: unknown) => Promise<void> | undefined] {
  return [
    () => disposeResources(env),
    (error) => {
      note(env, error);
      return disposeResources(env);
    },
  ];
}

function note(env: Environment, error: unknown): void {
  env.error = env.hasError ? suppressed(error, env.error) : error;
  env.hasError = true;
}

/** ES's SuppressedError, which Node 20 lacks. */
function suppressed(error: unknown, earlier: unknown): Error {
  const joined = new Error('An error was suppressed during disposal', { cause: error });
  return Object.assign(joined, { name: 'SuppressedError', error, suppressed: earlier });
}
