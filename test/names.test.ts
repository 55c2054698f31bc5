/** A name means one thing: what the public faces export, and what files are called. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import * as ts from 'typescript';

import { PROJECT, projectFiles } from './support/sources';

/** The guide's own classes bear the names that it prints, close to PyTorch's; tsdl's own face does not offer them. */
const GUIDE = 'src/helpers/course/guide/index.ts';

/** Public names that differ by case alone, beside layers and their functions, functions and their results' types. */
const PAIRS: Readonly<Record<string, string>> = {
  'Normalize normalize': 'the transform of images, and torch.nn.functional.normalize',
  'PAD pad': 'the token that fills a text, and torch.nn.functional.pad',
  'LRScheduler lrScheduler': 'torch.optim.lr_scheduler, and the class in it',
};

/** Names of several files: of how many, and what they have in common. */
const SHARED: Readonly<Record<string, readonly [files: number, why: string]>> = {
  index: [Infinity, "a folder's face"],
  main: [Infinity, 'where a program begins'],
  files: [2, 'what the compiler holds, and the half of the fault suite about them'],
  functional: [2, 'functions without a state: of torch.nn and of torchvision.transforms.v2'],
  options: [5, 'what a call or a command line may say'],
  report: [3, 'what a command came to, in files and on screen'],
  start: [2, 'how a part of the program is started'],
  session: [2, "TensorFlow's, and Jupyter's: each the word of its field"],
  state: [3, "PyTorch's state dict: of a module, of an optimizer, in a file"],
  activation: [2, 'the layers, and what is mended of their operations'],
  conv: [2, 'the operation and the layer'],
  dropout: [2, 'the operation and the layer'],
  embedding: [2, 'the operation and the layer'],
  gradients: [2, 'what is mended of the operation, and what optimizers take from it'],
  lstm: [2, 'the cell and the model made of it'],
  recurrent: [2, 'the operation and the layers'],
  transformer: [2, 'the layers and the models made of them'],
  attention: [3, "the layer, the guide's, and its chart"],
  boxes: [2, 'boxes of objects, and their chart'],
  history: [2, 'the record of a training, and its chart'],
  images: [2, 'pictures: their chart, their benchmark'],
  interpretation: [2, "a model's right and wrong answers, and their chart"],
  stopping: [2, "early stopping, and the guide's"],
  table: [2, 'a table in a terminal and in a notebook'],
  cudnn: [2, 'what cuDNN computes, and its check on a card'],
  device: [2, 'the device, and what the doctor says of it'],
  native: [2, 'the native library, and what the doctor says of it'],
  comms: [2, "Jupyter's comms: both ends"],
  host: [2, 'what a notebook offers to code: both ends'],
  hover: [2, 'what Shift-Tab shows: found, and written'],
  kernel: [5, 'the Jupyter kernel: its server, entry, command, benchmark, faults'],
  nodes: [2, 'other versions of Node: fetched, and run with'],
  parts: [2, 'parts of the package: used, and made'],
  progress: [2, "the bar, and a download's"],
  tfjs: [2, 'TensorFlow.js, and its own tests'],
};

interface Exported {
  readonly name: string;
  readonly face: string;
  readonly kind: 'type' | 'function' | 'value';
}

/** What the faces in package.json export. Nothing outside src is read: a second is enough, types need not be right. */
function exported(faces: readonly string[]): Exported[] {
  const options: ts.CompilerOptions = { noLib: true, types: [] };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (specs, from) =>
    specs.map(({ text }) => {
      const path = join(dirname(from), text);
      const found = [`${path}.ts`, join(path, 'index.ts')].find(
        (one) => text.startsWith('.') && existsSync(one),
      );
      return {
        resolvedModule: found === undefined ? undefined : { resolvedFileName: found, extension: '.ts' },
      };
    });
  const program = ts.createProgram(
    faces.map((face) => join(PROJECT, face)),
    options,
    host,
  );
  const checker = program.getTypeChecker();
  return faces.flatMap((face) => {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(join(PROJECT, face))!);
    return checker
      .getExportsOfModule(symbol!)
      .map((one) => ({ name: one.name, face, kind: kindOf(one, checker) }));
  });
}

function kindOf(symbol: ts.Symbol, checker: ts.TypeChecker): Exported['kind'] {
  const typeOnly = symbol.declarations?.some((one) => ts.isExportSpecifier(one) && one.isTypeOnly);
  const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  if (typeOnly === true || !(meant.flags & ts.SymbolFlags.Value)) return 'type';
  return meant.flags & ts.SymbolFlags.Function ? 'function' : 'value';
}

/** A type and the function that gives it, or a layer of nn and its function, as PyTorch has them. */
function isPair(one: Exported, other: Exported): boolean {
  if (one.kind === 'type' || other.kind === 'type') return one.kind !== other.kind;
  const isLayers = ({ face }: Exported): boolean => face === 'src/nn/index.ts' || face === 'src/index.ts';
  const functions = [one, other].filter(({ name }) => /^[a-z]/.test(name));
  return isLayers(one) && isLayers(other) && functions.length === 1;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

describe('names', () => {
  it('that are public differ by more than case', () => {
    const { exports } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      exports: Record<string, string>;
    };
    const faces = Object.values(exports).filter((face) => face.endsWith('index.ts'));
    const names = exported(faces.map((face) => face.slice(2)).filter((face) => face !== GUIDE));
    assert.ok(names.length > 300);
    const groups = grouped(names, ({ name }) => name.toLowerCase());
    const wrong = [...groups.values()].flatMap(([first, ...others]) => {
      const other = others.find(({ name }) => name !== first!.name);
      return !other || isPair(first!, other) ? [] : [[first!.name, other.name].sort().join(' ')];
    });
    assert.deepEqual(wrong, Object.keys(PAIRS));
  });

  it('of files stand for one subject', () => {
    const files = projectFiles('src', 'bin', 'tools', 'bench');
    const groups = grouped(files, (file) => basename(file).replace(/\.\w+$/, ''));
    const wrong = [...groups].filter(([name, found]) => found.length > (SHARED[name]?.[0] ?? 1));
    assert.deepEqual(wrong, []);
    const gone = Object.keys(SHARED).filter((name) => (groups.get(name)?.length ?? 0) < 2);
    assert.deepEqual(gone, []);
  });
});
