/** The language thread: type checks, completion and hovers, beside a running cell. */
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';

import type { FullTs } from '../compiler/internals';
import { TooDeepError } from '../compiler/nesting';
import type { LanguageRequests } from '../link/messages';
import type { StartOptions } from '../link/start';
import { CodeCache } from './code-cache';
import { Garbage } from './garbage';
import { Session } from './session';
import { loadTslab } from './tslab';

/** By then a session has mostly compiled its first cells, and seldom ended. */
const KEEP_MS = 3000;

/** One request from the server. */
export interface LanguageCall {
  readonly id: number;
  readonly method: keyof LanguageRequests;
  readonly input: unknown;
}

/** What the language thread answers to one call. */
export type LanguageAnswer =
  { readonly id: number; readonly output: unknown } | { readonly id: number; readonly error: string };

type Methods = {
  [Name in keyof LanguageRequests]: (
    input: LanguageRequests[Name]['input'],
  ) => LanguageRequests[Name]['output'];
};

/** Answers requests until the process ends. */
export function start({ root, cacheDir }: StartOptions): void {
  let session: Session | undefined;
  const typescript = new CodeCache(require.resolve('typescript'), join(cacheDir, 'typescript.v8'));
  const garbage = new Garbage();
  // Loaded with the first request, so that a wrong version is that request's error and can be told to the user.
  const current = (): Session =>
    (session ??= new Session(loadTslab(root, () => typescript.load() as FullTs)));
  const methods: Methods = {
    compile: ({ code }) => current().compile(code),
    commit: ({ unassigned }) => {
      current().commit(unassigned);
      return current().declarations;
    },
    restore: ({ declarations }) => {
      current().restore(declarations);
      return null;
    },
    complete: ({ code, position }) => current().complete(code, position),
    inspect: ({ code, position, detail }) => current().inspect(code, position, detail) ?? null,
    warm: () => {
      current().warm();
      setTimeout(() => typescript.keep(), KEEP_MS);
      return null;
    },
  };
  parentPort?.on('message', ({ id, method, input }: LanguageCall) => {
    parentPort?.postMessage(answer(id, () => (methods[method] as (input: unknown) => unknown)(input)));
    if (method === 'commit') setImmediate(() => garbage.afterCell());
  });
}

function answer(id: number, run: () => unknown): LanguageAnswer {
  try {
    return { id, output: run() };
  } catch (error) {
    if (error instanceof TooDeepError) return { id, error: error.message };
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
