/** TypeScript 5.9's own functions that its public types leave out. tslab.ts tests at start that all are there. */
import type * as TypeScript from 'typescript';

type Ts = typeof TypeScript;

/** What a hover needs to know about one symbol. */
export interface SymbolText {
  displayParts: TypeScript.SymbolDisplayPart[];
  documentation: TypeScript.SymbolDisplayPart[];
  symbolKind: TypeScript.ScriptElementKind;
  tags: TypeScript.JSDocTagInfo[] | undefined;
}

/** What transformers ask the type checker. */
export interface EmitResolver {
  hasGlobalName(name: string): boolean;
}

/** What transformers ask the program; handed on as it is. */
interface EmitHost {
  readonly isEmitHost: never;
}

/** A transformer's context with what it asks. */
export type FullContext = TypeScript.TransformationContext & {
  getEmitResolver(): EmitResolver;
  getEmitHost(): EmitHost;
};

interface TextWriter {
  getText(): string;
}

interface SourceMapGenerator {
  toString(): string;
}

/** A printer that notes where each piece came from. */
export type FullPrinter = TypeScript.Printer & {
  writeFile(file: TypeScript.SourceFile, writer: TextWriter, map: SourceMapGenerator): void;
};

/** The internal part, as far as the adapter uses it. */
export interface Internals {
  nullTransformationContext: TypeScript.TransformationContext;
  isInTopLevelContext(node: TypeScript.Node): boolean;
  isAssignmentTarget(node: TypeScript.Node): boolean;
  isPrologueDirective(node: TypeScript.Node): boolean;
  isRequireCall(
    node: TypeScript.Node,
    requireStringLiteral: true,
  ): node is TypeScript.CallExpression & { arguments: readonly [TypeScript.StringLiteral] };
  isLiteralImportTypeNode(node: TypeScript.Node): node is TypeScript.ImportTypeNode & {
    readonly argument: { readonly literal: TypeScript.StringLiteral };
  };
  bindSourceFile(file: TypeScript.SourceFile, options: TypeScript.CompilerOptions): void;
  getTransformers(
    options: TypeScript.CompilerOptions,
    custom: TypeScript.CustomTransformers,
  ): { scriptTransformers: readonly TypeScript.TransformerFactory<TypeScript.SourceFile>[] };
  transformNodes(
    resolver: EmitResolver,
    host: EmitHost,
    factory: TypeScript.NodeFactory,
    options: TypeScript.CompilerOptions,
    nodes: readonly TypeScript.SourceFile[],
    transformers: readonly TypeScript.TransformerFactory<TypeScript.SourceFile>[],
    allowDeclarations: boolean,
  ): TypeScript.TransformationResult<TypeScript.SourceFile>;
  createTextWriter(newLine: string): TextWriter;
  createSourceMapGenerator(
    host: EmitHost,
    file: string,
    sourceRoot: string,
    folder: string,
    options: TypeScript.CompilerOptions,
  ): SourceMapGenerator;
  findPrecedingToken(
    position: number,
    file: TypeScript.SourceFile,
    ...rest: unknown[]
  ): TypeScript.Node | undefined;
  getTouchingPropertyName(file: TypeScript.SourceFile, position: number): TypeScript.Node;
  createTextSpanFromNode(node: TypeScript.Node, file: TypeScript.SourceFile): TypeScript.TextSpan;
  getContainerNode(node: TypeScript.Node): TypeScript.Node | undefined;
  getContainingObjectLiteralElement(node: TypeScript.Node): TypeScript.ObjectLiteralElement | undefined;
  getPropertySymbolsFromContextualType(
    element: TypeScript.Node,
    checker: TypeScript.TypeChecker,
    type: TypeScript.Type,
    unionSymbolOk: boolean,
  ): readonly TypeScript.Symbol[];
  typeToDisplayParts(
    checker: TypeScript.TypeChecker,
    type: TypeScript.Type,
    container: TypeScript.Node | undefined,
  ): TypeScript.SymbolDisplayPart[];
  SymbolDisplay: {
    getSymbolKind(
      checker: TypeScript.TypeChecker,
      symbol: TypeScript.Symbol,
      location: TypeScript.Node,
    ): TypeScript.ScriptElementKind;
    getSymbolModifiers(checker: TypeScript.TypeChecker, symbol: TypeScript.Symbol): string;
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: TypeScript.TypeChecker,
      symbol: TypeScript.Symbol,
      file: TypeScript.SourceFile,
      container: TypeScript.Node | undefined,
      node: TypeScript.Node,
    ): SymbolText;
  };
  SignatureHelp: {
    getSignatureHelpItems(
      program: TypeScript.Program,
      file: TypeScript.SourceFile,
      position: number,
      reason: TypeScript.SignatureHelpTriggerReason | undefined,
      token: TypeScript.CancellationToken & { throwIfCancellationRequested(): void },
    ): TypeScript.SignatureHelpItems | undefined;
  };
  GoToDefinition: {
    getDefinitionAtPosition(
      program: TypeScript.Program,
      file: TypeScript.SourceFile,
      position: number,
    ): readonly TypeScript.DefinitionInfo[] | undefined;
  };
  objectAllocator: {
    getSymbolConstructor(): { readonly prototype: object };
    getSignatureConstructor(): { readonly prototype: object };
  };
  Completions: { getCompletionsAtPosition(...rest: unknown[]): TypeScript.CompletionInfo | undefined };
}

/** Stock TypeScript with its internal functions in sight. */
export type FullTs = Ts & Internals;

/** A program with the lookup of what an import means, which public types leave out. */
export type FullProgram = TypeScript.Program & {
  emit(
    file: TypeScript.SourceFile | undefined,
    write: (name: string, data: string) => void,
    token: TypeScript.CancellationToken | undefined,
    declarationsOnly: boolean | undefined,
    transformers: TypeScript.CustomTransformers,
    force: boolean,
  ): TypeScript.EmitResult;
  getSourceFileByPath(path: string): TypeScript.SourceFile | undefined;
  getResolvedModule(
    file: TypeScript.SourceFile,
    name: string,
    mode: TypeScript.ResolutionMode,
  ): TypeScript.ResolvedModuleWithFailedLookupLocations | undefined;
  getFileIncludeReasons(): ReadonlyMap<
    string,
    readonly { readonly kind: number; readonly file?: string; readonly index?: number }[]
  >;
  getResolvedModuleFromModuleSpecifier(
    specifier: TypeScript.StringLiteralLike,
    file: TypeScript.SourceFile,
  ): TypeScript.ResolvedModuleWithFailedLookupLocations | undefined;
};

/** A checker that says what is wrong with one file. */
export type FullTypeChecker = TypeScript.TypeChecker & {
  getDiagnostics(file: TypeScript.SourceFile): readonly TypeScript.Diagnostic[];
};

/** What an import means, with the places that were tried before. */
export type FullResolution = TypeScript.ResolvedModuleWithFailedLookupLocations & {
  readonly failedLookupLocations?: readonly string[];
};

/** A source file with its import specifiers and, once bound, its names. */
export type FullSourceFile = TypeScript.SourceFile & {
  /** Every file of a program has one. */
  readonly path?: string;
  readonly resolvedPath?: string;
  readonly originalFileName?: string;
  readonly imports?: readonly TypeScript.StringLiteralLike[];
  readonly scriptKind?: TypeScript.ScriptKind;
  readonly jsDocParsingMode?: TypeScript.JSDocParsingMode;
  readonly locals?: ReadonlyMap<string, unknown>;
  readonly bindDiagnostics?: readonly TypeScript.Diagnostic[];
  /** `declare global` and `declare module 'of types'`. */
  readonly moduleAugmentations?: readonly unknown[];
  /** `@ts-expect-error` and `@ts-ignore`. */
  readonly commentDirectives?: readonly unknown[];
  /** `@ts-nocheck`. */
  readonly checkJsDirective?: unknown;
};

/** Every internal name above: a changed TypeScript is noticed at start, not in the middle of a lesson. */
export const INTERNAL_NAMES = [
  'nullTransformationContext',
  'isInTopLevelContext',
  'isAssignmentTarget',
  'isPrologueDirective',
  'isRequireCall',
  'isLiteralImportTypeNode',
  'bindSourceFile',
  'getTransformers',
  'transformNodes',
  'createTextWriter',
  'createSourceMapGenerator',
  'findPrecedingToken',
  'getTouchingPropertyName',
  'createTextSpanFromNode',
  'getContainerNode',
  'getContainingObjectLiteralElement',
  'getPropertySymbolsFromContextualType',
  'typeToDisplayParts',
  'SymbolDisplay',
  'SignatureHelp',
  'GoToDefinition',
  'objectAllocator',
  'Completions',
] as const satisfies readonly (keyof Internals)[];
