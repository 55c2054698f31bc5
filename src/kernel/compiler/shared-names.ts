/**
 * The variables that cells share. Each name has one box for the whole session, and its value is the box's property `v`:
 * a function sees what the newest cell made of a name. Names that no function of any cell uses stay plain variables
 * while their cell runs, so that a loop at the top level is as fast as one in a function; the box gets their values
 * after each declaration and at the cell's end.
 */
import type ts from 'typescript';

import { boxOf, ENDED, LAST } from '../link/names';
import type { Edits } from './edits';
import type { FullTs } from './internals';
import { type Reference, references } from './references';
import { boundNames } from './transforms';

/** How a name's uses are compiled: by its box, or as the plain variable that the code declares. */
type Way = 'box' | 'plain' | 'kept';

/** What the cell's code needs around it. */
export interface Shared {
  /** Names whose boxes the code uses. */
  readonly boxes: readonly string[];
  readonly head: string;
  readonly tail: string;
  /** Whether the code stands in a `try`. */
  readonly isInTry: boolean;
  /** Functions without a name that are assigned to a box, with the name that a variable would give them. */
  readonly named: ReadonlyMap<ts.Node, string>;
}

/** Rewrites the shared names of one cell. */
export class Variables {
  private readonly found: readonly Reference[];
  private readonly own: ReadonlySet<string>;
  private readonly ways = new Map<string, Way>();
  private readonly boxes = new Set<string>();
  private readonly head: string[] = [];
  private readonly nested = new Set<string>();
  private readonly named = new Map<ts.Node, string>();

  /**
   * @param names The cell's top-level names, and tslab's name for the value of its last expression.
   * @param captured Names that functions of this or earlier cells use; those of this cell are added.
   * @param ambient Names that earlier cells only said to be there.
   */
  constructor(
    private readonly real: FullTs,
    private readonly file: ts.SourceFile,
    private readonly edits: Edits,
    private readonly names: {
      readonly declared: readonly string[];
      readonly imported: readonly string[];
      readonly last: string | undefined;
    },
    private readonly captured: Set<string>,
    private readonly ambient: ReadonlySet<string>,
  ) {
    const last = names.last === undefined ? [] : [names.last];
    this.own = new Set([...names.declared, ...names.imported, ...last]);
    this.found = references(real, file, this.own);
    for (const { name, isCaptured } of this.found) if (isCaptured) captured.add(name);
    this.findNested(file);
    this.decide();
  }

  /** Rewrites uses and declarations; call it before other edits at the same places. */
  rewrite(): Shared {
    for (const reference of this.found)
      if (this.wayOf(reference) === 'box') this.use(reference);
      else if (reference.isEarlier)
        this.edits.replace(...this.range(reference.node), reference.name, reference.name);
    for (const statement of this.file.statements) this.declare(statement);
    this.rewriteNested();
    const written = this.written();
    const loaded = [...this.ways].filter(([name, way]) => way === 'kept' && !this.own.has(name));
    const loads = loaded.map(([name]) => `var ${name}=${this.box(name)};`).join('');
    const stores = written.map((name) => `if(${ENDED}||${name}!==undefined)${this.box(name)}=${name};`);
    const isInTry = written.length > 0;
    return {
      head: `${loads}${isInTry ? `var ${ENDED};try{` : ''}${this.head.join('')}`,
      tail: isInTry ? `\n${ENDED}=1;}finally{${stores.join('')}}` : '',
      boxes: [...this.boxes],
      isInTry,
      named: this.named,
    };
  }

  /** Names kept in variables that the cell writes to. */
  private written(): string[] {
    return [...this.ways].flatMap(([name, way]) => (way === 'kept' && this.isWritten(name) ? [name] : []));
  }

  private isWritten(name: string): boolean {
    return this.nested.has(name) || this.found.some((each) => each.name === name && each.isWrite);
  }

  private decide(): void {
    const { ambient, captured, own } = this;
    for (const name of this.names.imported) this.ways.set(name, 'box');
    for (const name of this.names.declared) {
      const isWritten = this.isWritten(name);
      if (captured.has(name)) this.ways.set(name, isWritten ? 'box' : 'plain');
      else this.ways.set(name, isWritten ? 'kept' : 'plain');
    }
    if (this.names.last !== undefined) this.ways.set(this.names.last, 'box');
    for (const { name, isEarlier, isInLoop } of this.found)
      if (isEarlier && isInLoop && !own.has(name) && !ambient.has(name))
        this.ways.set(name, captured.has(name) ? 'box' : 'kept');
  }

  /** A plain name is its box to functions: a later cell may declare it anew. */
  private wayOf({ name, isCaptured, isEarlier }: Reference): Way {
    const way = this.ways.get(name);
    if (isEarlier && this.own.has(name)) return 'box';
    if (isEarlier && this.ambient.has(name)) return 'plain';
    if (way === undefined) return 'box';
    return way === 'plain' && isCaptured ? 'box' : way;
  }

  private box(name: string): string {
    this.boxes.add(name);
    return `${boxOf(name)}.v`;
  }

  private range(node: ts.Node): [number, number] {
    return [node.getStart(this.file), node.end];
  }

  private use({ node, name, isEarlier }: Reference): void {
    const { real, edits } = this;
    const { parent } = node;
    const box = name === this.names.last && !isEarlier ? `${LAST}.v` : this.box(name);
    const isShorthand = real.isShorthandPropertyAssignment(parent) && parent.name === node;
    if (isShorthand) {
      const fallback = parent.objectAssignmentInitializer;
      if (fallback && isAnonymous(real, fallback)) this.named.set(fallback, name);
      edits.insert(node.end, `:${box}`);
      return;
    }
    const isCallee =
      (real.isCallExpression(parent) && parent.expression === node) ||
      (real.isTaggedTemplateExpression(parent) && parent.tag === node);
    if (real.isPropertyAssignment(parent) && parent.name.getText(this.file) === name) {
      edits.replace(parent.name.end, node.end, `:${box}`, ''); // `{ x }` in the user's code
      return;
    }
    if (real.isBinaryExpression(parent) && parent.left === node && isAnonymous(real, parent.right))
      this.named.set(parent.right, name);
    edits.replace(...this.range(node), isCallee ? `(0,${box})` : box, name);
  }

  private declare(statement: ts.Statement): void {
    const { real, edits, file } = this;
    if (real.isImportDeclaration(statement) || real.isExportDeclaration(statement))
      edits.blank(...this.range(statement));
    else if (real.isFunctionDeclaration(statement) && statement.name)
      this.head.push(`${this.box(statement.name.text)}=${statement.name.text};`);
    else if (real.isClassDeclaration(statement) && statement.name) {
      const { text } = statement.name;
      if (this.ways.get(text) !== 'plain') edits.insert(statement.getStart(file), `var ${text}=`);
      edits.insert(statement.end, `;${this.box(text)}=${text};`);
    } else if (real.isVariableStatement(statement)) this.declareVariables(statement);
  }

  private declareVariables(statement: ts.VariableStatement): void {
    const { real, edits } = this;
    const { declarationList: list, modifiers } = statement;
    const [first] = list.declarations;
    if (modifiers) {
      // what tslab made of the last expression: `export const tsLastExpr = …`; without a value where `using` is around it
      if (first?.initializer)
        edits.replace(statement.getStart(this.file), first.initializer.pos, `${LAST}.v=`);
      else edits.blank(...this.range(statement));
      return;
    }
    const names = this.ownNames(list.declarations);
    const isVar = (list.flags & real.NodeFlags.BlockScoped) === 0;
    if (isVar) {
      for (const name of names) this.head.push(`${this.box(name)}=undefined;`);
    } else if (names.some((name) => this.ways.get(name) === 'kept')) {
      const start = list.getStart(this.file);
      edits.replace(start, start + (list.flags & real.NodeFlags.Const ? 'const' : 'let').length, 'var');
    }
    const set = isVar ? list.declarations.filter((each) => each.initializer) : list.declarations;
    const stores = this.ownNames(set).map((name) => `${this.box(name)}=${name};`);
    if (stores.length > 0) edits.insert(statement.end, stores.join(''));
  }

  /** Without names that the compiler made up. */
  private ownNames(declarations: readonly ts.VariableDeclaration[]): string[] {
    const all = declarations.flatMap(({ name }) => boundNames(this.real, name));
    return all.filter((name) => this.own.has(name));
  }

  /** Names that `var` declares inside statements: in loops' heads and in blocks. */
  private findNested(file: ts.SourceFile): void {
    const { real } = this;
    const visit = (node: ts.Node): void => {
      if (real.isFunctionLike(node) || real.isClassLike(node)) return;
      if (real.isVariableDeclarationList(node) && (node.flags & real.NodeFlags.BlockScoped) === 0)
        for (const { name } of node.declarations)
          for (const each of boundNames(real, name)) this.nested.add(each);
      real.forEachChild(node, visit);
    };
    for (const statement of file.statements) if (!real.isVariableStatement(statement)) visit(statement);
  }

  /** `for (var i = 0; …)` assigns to boxes where functions use its names. */
  private rewriteNested(): void {
    const { real } = this;
    const visit = (node: ts.Node): void => {
      if (real.isFunctionLike(node) || real.isClassLike(node)) return;
      if (real.isVariableDeclarationList(node) && this.hasBoxes(node)) this.assignInstead(node);
      real.forEachChild(node, visit);
    };
    for (const statement of this.file.statements) if (!real.isVariableStatement(statement)) visit(statement);
  }

  private hasBoxes(list: ts.VariableDeclarationList): boolean {
    if ((list.flags & this.real.NodeFlags.BlockScoped) !== 0) return false;
    return list.declarations.some(({ name }) =>
      boundNames(this.real, name).some((each) => this.ways.get(each) === 'box'),
    );
  }

  private assignInstead(list: ts.VariableDeclarationList): void {
    const { real, edits, file } = this;
    const start = list.getStart(file);
    edits.replace(start, start + 'var'.length, '');
    const isHead = real.isForInStatement(list.parent) || real.isForOfStatement(list.parent);
    for (const { name, initializer, end } of list.declarations) {
      for (const each of boundNames(real, name))
        this.head.push(this.ways.get(each) === 'box' ? `${this.box(each)}=undefined;` : `var ${each};`);
      if (real.isIdentifier(name)) {
        if (!initializer && !isHead) edits.replace(...this.range(name), 'void 0');
        else this.bind(name);
        continue;
      }
      if (initializer) edits.insert(name.getStart(file), '(');
      this.bind(name);
      if (initializer) edits.insert(end, ')');
    }
  }

  /** The names in a pattern as targets of an assignment. */
  private bind(name: ts.BindingName): void {
    const { real, edits } = this;
    if (real.isIdentifier(name)) {
      if (this.ways.get(name.text) !== 'box') return;
      const { parent } = name;
      const isShorthand =
        real.isBindingElement(parent) &&
        real.isObjectBindingPattern(parent.parent) &&
        !parent.propertyName &&
        !parent.dotDotDotToken;
      if (isShorthand) edits.insert(name.end, `:${this.box(name.text)}`);
      else edits.replace(...this.range(name), this.box(name.text));
      return;
    }
    for (const element of name.elements) if (real.isBindingElement(element)) this.bind(element.name);
  }
}

/** A function or class that a variable gives its name; `||` and the like may have one, too, and do not mind. */
function isAnonymous(real: FullTs, node: ts.Expression): boolean {
  if (real.isParenthesizedExpression(node)) return isAnonymous(real, node.expression);
  if (real.isArrowFunction(node)) return true;
  return (real.isFunctionExpression(node) || real.isClassExpression(node)) && !node.name;
}
