/** Completion candidates with the kind of what they stand for. */
import type ts from 'typescript';

import type { FullTs } from './internals';

/** tslab's compiler takes the same arguments but an empty host; a real one completes import paths as well. */
export function completions(real: FullTs) {
  return (_host: unknown, program: ts.Program, ...rest: unknown[]): ts.CompletionInfo | undefined => {
    const host = {
      ...real.sys,
      getCurrentDirectory: () => program.getCurrentDirectory(),
      getCompilationSettings: () => program.getCompilerOptions(),
      useCaseSensitiveFileNames: () => real.sys.useCaseSensitiveFileNames,
    };
    const withSymbols = [...rest, undefined, true];
    const info = real.Completions.getCompletionsAtPosition(host, program, ...withSymbols);
    if (!info) return undefined;
    const checker = program.getTypeChecker();
    return { ...info, entries: info.entries.map((entry) => withKind(real, checker, entry)) };
  };
}

/** An imported or re-exported name has the kind of what it stands for; a constant that can be called is a function. */
function withKind(real: FullTs, checker: ts.TypeChecker, entry: ts.CompletionEntry): ts.CompletionEntry {
  const { symbol } = entry;
  if (entry.kind !== real.ScriptElementKind.alias || !symbol || !(symbol.flags & real.SymbolFlags.Alias))
    return entry;
  const target = checker.getAliasedSymbol(symbol);
  const place = target.valueDeclaration ?? target.declarations?.[0];
  if (checker.isUnknownSymbol(target) || !place) return entry;
  const isCallable =
    target.flags & real.SymbolFlags.Variable &&
    checker.getTypeOfSymbolAtLocation(target, place).getCallSignatures().length > 0;
  const kind = isCallable
    ? real.ScriptElementKind.functionElement
    : real.SymbolDisplay.getSymbolKind(checker, target, place);
  return { ...entry, kind };
}
