/** Does the user's code catch what is thrown? V8 cannot say: the kernel itself catches what a cell throws. */
import { type Debugger } from 'node:inspector';

import type ts from 'typescript';

import type { Inspector } from './inspector';

/** Sources of scripts, parsed once. */
export class Catches {
  private readonly parsed = new Map<string, ts.SourceFile>();
  private compiler: typeof ts | undefined;

  constructor(private readonly inspector: Inspector) {}

  /** Whether one of the places stands in a `try` that has a `catch`. */
  async hold(locations: readonly Debugger.Location[]): Promise<boolean> {
    for (const location of locations)
      if (isTried(this.typescript(), await this.source(location.scriptId), location)) return true;
    return false;
  }

  private async source(id: string): Promise<ts.SourceFile> {
    const known = this.parsed.get(id);
    if (known) return known;
    const { scriptSource } = await this.inspector.post<Debugger.GetScriptSourceReturnType>(
      'Debugger.getScriptSource',
      { scriptId: id },
    );
    const { ScriptKind, ScriptTarget, createSourceFile } = this.typescript();
    const file = createSourceFile('code.js', scriptSource, ScriptTarget.Latest, true, ScriptKind.JS);
    this.parsed.set(id, file);
    return file;
  }

  /** It takes a moment to load; without exceptions it is not needed. */
  private typescript(): typeof ts {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only at an exception
    return (this.compiler ??= require('typescript') as typeof ts);
  }
}

function isTried(
  real: typeof ts,
  file: ts.SourceFile,
  { lineNumber, columnNumber = 0 }: Debugger.Location,
): boolean {
  const start = file.getLineStarts()[lineNumber];
  if (start === undefined) return false;
  const at = start + columnNumber;
  const visit = (node: ts.Node, isInside: boolean): boolean => {
    if (at < node.pos || at >= node.end) return false;
    const isCaught = real.isFunctionLike(node) ? false : isInside;
    let found: boolean | undefined;
    real.forEachChild(node, (child) => {
      if (at < child.pos || at >= child.end) return undefined;
      const isTry = real.isTryStatement(node) && child === node.tryBlock && node.catchClause !== undefined;
      found = visit(child, isCaught || isTry);
      return true;
    });
    return found ?? isCaught;
  };
  return visit(file, false);
}
