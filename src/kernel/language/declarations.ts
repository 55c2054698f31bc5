/** Declarations after a cell that did not run to its end. */
import type ts from 'typescript';

import type { FullTs } from '../compiler/internals';

/**
 * Declarations after a cell, where `unassigned` names keep their meaning from `earlier` (or stay unknown).
 *
 * @param after Declarations that would hold had the whole cell run.
 */
export function keepEarlier(
  real: FullTs,
  after: string,
  earlier: string,
  unassigned: readonly string[],
): string {
  if (unassigned.length === 0) return after;
  const names = new Set(unassigned);
  const kept = statements(real, after, (declared) => !names.has(declared));
  const restored = statements(real, earlier, (declared) => names.has(declared));
  return [...kept, ...restored].join('\n');
}

/** Statements of `text`, cut down to the value declarations that `keep` accepts; types always stay in place. */
function statements(real: FullTs, text: string, keep: (name: string) => boolean): string[] {
  const file = real.createSourceFile('declarations.d.ts', text, real.ScriptTarget.Latest, true);
  return file.statements.flatMap((statement) => {
    const whole = statement.getFullText(file);
    if (real.isVariableStatement(statement)) {
      const word = /\b(?:const|let|var)\b/.exec(statement.getText(file))?.[0] ?? 'let';
      return statement.declarationList.declarations
        .filter((declaration) => keep(declaration.name.getText(file)))
        .map((declaration) => `declare ${word} ${declaration.getText(file)};`);
    }
    const named = statement as ts.Statement & { name?: ts.Identifier };
    if (real.isImportDeclaration(statement)) {
      const names = importedNames(real, statement);
      return names.length === 0 || names.some(keep) ? [whole] : [];
    }
    return named.name && !keep(named.name.text) ? [] : [whole];
  });
}

function importedNames(real: FullTs, statement: ts.ImportDeclaration): string[] {
  const clause = statement.importClause;
  const bindings = clause?.namedBindings;
  const first = clause?.name ? [clause.name.text] : [];
  if (!bindings) return first;
  if (real.isNamespaceImport(bindings)) return [...first, bindings.name.text];
  return [...first, ...bindings.elements.map((element) => element.name.text)];
}
