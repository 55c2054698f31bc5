/** What tfjs-node 4.22 expects of its surroundings and no longer finds. Here and nowhere else. */
import { createRequire, Module } from 'node:module';

const load = createRequire(__filename);

/** Node 23 removed these from node:util; Node 22 prints a deprecation warning at their first call. */
function restoreUtil(): void {
  const util = load('node:util') as Record<string, unknown>;
  util.isNullOrUndefined = (value: unknown): boolean => value === null || value === undefined;
  util.isArray = Array.isArray;
}

/**
 * tfjs-node asks `@mapbox/node-pre-gyp` where its binding lies, and would find none: its install script never runs.
 * A module in the cache under that name answers with ours, and spares loading the real one.
 */
function answerForPreGyp(binding: string): void {
  const from = createRequire(load.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const path = from.resolve('@mapbox/node-pre-gyp');
  const answer = new Module(path);
  answer.exports = { find: () => binding };
  answer.loaded = true;
  load.cache[path] = answer;
}

/** Gives tfjs-node what newer Nodes took away, and the path of our binding instead of its own. */
export function installShims(binding: string): void {
  restoreUtil();
  answerForPreGyp(binding);
}
