/** See modules.js. */
import type { Progress } from './progress';

export function ensureModules(root: string): Promise<void>;
export function modulesReady(root: string): boolean;
export function npmCi(staging: string, bar: Progress): Promise<unknown>;
