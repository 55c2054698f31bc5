/** See modules.js. */
import type { Progress } from './progress';

export function npmCi(staging: string, bar: Progress): Promise<unknown>;
