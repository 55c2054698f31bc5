import type { Text } from './language';

/** See kept.js. */
export function foreign(folder: string): Text | undefined;
export function refusal(): Text | undefined;
export function mendOf(): string;
export function codeCache(name: string): string;
export function tellRefusal(): void;
export function readKept(file: string): Buffer | undefined;
export function keepFile(file: string, content: string | Uint8Array): void;
