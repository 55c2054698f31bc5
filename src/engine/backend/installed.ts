/** The parts of the installed native runtime, where they lie, and what they were made from. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { home, ownVersion, packed, part, partReady, PROJECT } from './paths';
import { check, type Condition, digest } from './stamp';
import { libraryFor, TENSORFLOW, type Variant } from './wheels';

const locate = createRequire(__filename);

/** The folder of the npm package whose C++ sources the binding is compiled from. */
export const bindingPackage = (): string =>
  dirname(locate.resolve('@tensorflow/tfjs-node-gpu/package.json', { paths: [PROJECT] }));

/** Those with operations that are ours, on a CPU. */
export const OPERATIONS = ['recurrence', 'maxpool', 'project', 'tokens'] as const;
/** Our own small addons beside the binding; see their sources. */
type Addon = 'quiet' | 'lifetimes' | (typeof OPERATIONS)[number] | 'shapes' | 'cluster' | 'sharedsum';
/** Those of this platform: standing in front of TensorFlow's functions works as Linux's linker does it. */
export const ADDONS: readonly Addon[] = [
  'quiet',
  'lifetimes',
  ...OPERATIONS,
  'shapes',
  ...(process.platform === 'linux' ? (['cluster', 'sharedsum'] as const) : []),
];
/** What their sources include. */
const HEADERS = [
  ...['recurrence.h', 'pool.h', 'tokens.h', 'instructions.h', 'lanes.h', 'exponentials.h'],
  ...['crew.h', 'kernelcall.h', 'registration.h', 'shaping.h', 'jsvalues.h'],
];
/** The C++ of an addon. */
export const addonSource = (addon: Addon): string => join(__dirname, `${addon}.cc`);

/** What is compiled into the binding itself, and the header that goes in front of its sources. */
export const OPENING = {
  source: join(__dirname, 'opensession.cc'),
  header: join(__dirname, 'opensession.h'),
} as const;

/** The folder of TensorFlow's library. */
export const libraryDir = (variant: Variant): string => join(home(), `tensorflow-${TENSORFLOW}-${variant}`);
/** A home that projects share holds the bindings of several versions of tsdl. */
export const bindingDir = (variant: Variant): string =>
  join(home(), `binding-${TENSORFLOW}-${variant}${packed ? `-${ownVersion()}` : ''}`);
/** The compiled binding of Node to TensorFlow. */
export const bindingFile = (variant: Variant): string => join(bindingDir(variant), 'tfjs_binding.node');
/** One of our addons, compiled. */
export const addonFile = (addon: Addon, variant: Variant): string =>
  join(bindingDir(variant), `${addon}.node`);

/** What the library folder is made from: the pinned wheels. */
export function libraryKey(variant: Variant): string {
  return digest(JSON.stringify(libraryFor(variant)?.wheels.map((wheel) => wheel.sha256)));
}

/** The npm package of the binding's sources, known by its part's hash where setup has yet to fetch it. */
function sourcesKey(): string {
  const { key } = part('native') ?? {};
  if (key !== undefined) return key;
  const text = readFileSync(join(bindingPackage(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** What the binding is made from: the npm package's sources, our addons, and the library it is linked to. */
export function bindingKey(variant: Variant): string {
  const headers = HEADERS.map((file) => join(__dirname, file));
  const files = [...ADDONS.map(addonSource), ...headers, ...Object.values(OPENING)];
  const addons = files.map((file) => readFileSync(file, 'utf8'));
  return digest([sourcesKey(), ...addons, libraryKey(variant)].join('\n'));
}

/** Whether TensorFlow's library is there, and the one that is pinned. */
export const checkLibrary = (variant: Variant): Condition => check(libraryDir(variant), libraryKey(variant));
/** Whether the binding is there, and compiled from what is pinned. */
export const checkBinding = (variant: Variant): Condition =>
  partReady('native') ? check(bindingDir(variant), bindingKey(variant)) : { state: 'missing' };
