/** The names that the compiler notes of a file. */
import type ts from 'typescript';

import type { FullSourceFile, FullTs } from './internals';

/** Without what the compiler keeps among a file's names for declarations of modules. */
export function namesOnly(file: FullSourceFile): FullSourceFile {
  const locals = file.locals as Map<string, unknown> | undefined;
  for (const name of [...(locals?.keys() ?? [])])
    if (name === '__global' || name.startsWith('"')) locals?.delete(name);
  return file;
}

/** The compiler keeps a name that begins with two underscores under one with three. */
export function asWritten(real: FullTs, file: FullSourceFile): FullSourceFile {
  const keys = [...(file.locals?.keys() ?? [])];
  if (!keys.some((key) => key.startsWith('___'))) return file;
  const locals = new Map(keys.map((key) => [real.unescapeLeadingUnderscores(key as ts.__String), undefined]));
  return Object.assign(Object.create(file) as FullSourceFile, { locals });
}
