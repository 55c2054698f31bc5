import type { Text } from './language';

/** See fault.js. */
export class Fault extends Error {
  /** @param mend a command, or words that say what to do */
  constructor(message: Text, mend: Text | string, details?: string);
  readonly mend: string;
  readonly details: string;
}
export function causeOf(output: string): 'disk' | 'network' | 'other';
export function tail(output: string, lines?: number): string;
export function isForbidden(error: unknown): boolean;
export function report(error: unknown): number;
