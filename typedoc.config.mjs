/** `npm run docs`: the API reference in build/api. Every warning is an error, a public name without its sentence too. */
import { readFileSync } from 'node:fs';

import { Converter } from 'typedoc';

const { exports } = JSON.parse(readFileSync(`${import.meta.dirname}/package.json`, 'utf8'));

/** Public files that are no folder's face: what others import by their own path. */
const FILES = [
  'engine/tf',
  'helpers/data/permutation',
  'helpers/datasets/rl/cartpole',
  'helpers/datasets/rl/episodes',
  'helpers/datasets/rl/gridworld',
  'helpers/datasets/rl/picture',
  'nn/boxes',
  'nn/style',
].map((name) => `./src/${name}.ts`);

/** A parameter that is taken apart at once has no name; every one of ours is an object of options. */
function nameOptions(app) {
  const rename = (_context, { parameters = [] }) =>
    parameters.filter(({ name }) => name === '__namedParameters').forEach((one) => (one.name = 'options'));
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, rename, 100);
}

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'tsdl',
  // Inner folders first: a name is told where it belongs, and referred to by the faces that pass it on.
  entryPoints: [
    ...FILES,
    ...[...new Set(Object.values(exports))].filter((path) => /^[^*]+\.ts$/.test(path)).reverse(),
  ],
  tsconfig: 'tsconfig.package.json',
  plugin: [nameOptions],
  out: 'build/api',
  readme: 'docs/api.md',
  navigation: { includeFolders: false, excludeReferences: true },
  hideGenerator: true,
  // To the files beside build/, whatever remote this clone has.
  disableGit: true,
  gitRevision: 'main',
  sourceLinkTemplate: '../../../src/{path}#L{line}',
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  // The engine's own ends of classes that anybody may use: how a recording finds their variables, and gates their steps.
  intentionallyNotExported: ['Holder', 'Gate'],
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: true },
  requiredToBeDocumented: [
    'Module',
    'Namespace',
    'Class',
    'Interface',
    'TypeAlias',
    'Variable',
    'Function',
    'Method',
  ],
};
