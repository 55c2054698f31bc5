/**
 * tfjs-core's own test-suite against our runtime: `npm run test:tfjs [-- --grep TEXT]`.
 *
 * The suite is published in the npm package as ES modules without file extensions (`dist/tests.js`), which neither
 * `require` nor `import` of Node takes; they are turned into CommonJS one by one as they are loaded. What tfjs-node
 * leaves out of the suite is left out here too, by the list in its own `dist/run_tests.js`.
 */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { parseArgs } from 'node:util';

import * as typescript from 'typescript';

import { device } from '../src/engine/tf';

/** Specs known to fail: this TensorFlow's `Round` gives wrong numbers for large int32 values. */
const KNOWN_FAILURES = ['round test-tensorflow {} int32'];

interface SpecResult {
  fullName: string;
  status: string;
  failedExpectations: { message: string }[];
}

interface JasmineEnv {
  configure: (settings: object) => void;
  addReporter: (reporter: object) => void;
  execute: () => Promise<unknown>;
}

const load = createRequire(__filename);
const CORE = dirname(load.resolve('@tensorflow/tfjs-core/package.json'));
const NODE = dirname(load.resolve('@tensorflow/tfjs-node-gpu/package.json'));

/** Lets `require` take the ES modules below tfjs-core/dist. */
function takeEsModules(): void {
  const extensions = (Module as unknown as { _extensions: Record<string, Handler> })._extensions;
  type Handler = (module: { _compile(code: string, path: string): void }, path: string) => void;
  const before = extensions['.js'];
  const modules = join(CORE, 'dist') + sep;
  extensions['.js'] = (module, path) => {
    if (!path.startsWith(modules) || path.endsWith('.node.js')) return before?.(module, path);
    const { outputText } = typescript.transpileModule(readFileSync(path, 'utf8'), {
      compilerOptions: {
        module: typescript.ModuleKind.CommonJS,
        target: typescript.ScriptTarget.ES2022,
        esModuleInterop: true,
      },
    });
    module._compile(outputText, path);
  };
}

/** The specs tfjs-node itself skips. */
function skipped(): string[] {
  const source = readFileSync(join(NODE, 'dist/run_tests.js'), 'utf8');
  const list = /var IGNORE_LIST = (\[[\s\S]*?\n\]);/.exec(source)?.[1];
  if (!list) throw new SyntaxError('Cannot read the skipped specs: expected IGNORE_LIST in run_tests.js');
  const text = list.replace(/^\s*\/\/.*$/gm, '').replace(/,\s*\]$/, ']');
  return JSON.parse(
    text.replace(/'((?:[^'\\]|\\.)*)'/g, (_, inner: string) => JSON.stringify(inner)),
  ) as string[];
}

function startJasmine(grep: string): { env: JasmineEnv; results: SpecResult[] } {
  const core = load('jasmine-core') as { boot: (core: unknown) => { getEnv(): JasmineEnv } };
  const env = core.boot(core).getEnv(); // defines describe, it, expect, … globally
  const skip = skipped();
  const results: SpecResult[] = [];
  const wanted = (name: string): boolean => name.includes(grep) && !skip.some((part) => name.includes(part));
  env.configure({
    random: false,
    specFilter: (spec: { getFullName(): string }) => wanted(spec.getFullName()),
  });
  env.addReporter({
    specDone: (result: SpecResult) => {
      if (result.status === 'passed' || result.status === 'failed') results.push(result);
      if (results.length % 500 === 0) console.log(`${results.length} specs`);
    },
  });
  return { env, results };
}

function loadSuite(): void {
  for (const file of ['public/chained_ops/register_all_chained_ops', 'register_all_gradients']) {
    load(join(CORE, 'dist', file));
  }
  const { setTestEnvs } = load(join(CORE, 'dist/jasmine_util')) as { setTestEnvs: (envs: object[]) => void };
  setTestEnvs([{ name: 'test-tensorflow', backendName: 'tensorflow', flags: {}, isDataSync: true }]);
  load(join(CORE, 'dist/tests'));
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { grep: { type: 'string', default: '' } } });
  if (device.kind === 'js')
    throw new Error('Cannot test the native runtime: it is not in use. Run npm run setup');
  takeEsModules();
  const { env, results } = startJasmine(values.grep);
  loadSuite();
  await env.execute();
  const failed = results.filter((result) => result.status === 'failed');
  for (const { fullName, failedExpectations } of failed) {
    const known = KNOWN_FAILURES.includes(fullName) ? 'known' : 'NEW';
    console.log(`✗ ${fullName} (${known}): ${failedExpectations[0]?.message.split('\n')[0] ?? ''}`);
  }
  console.log(`${results.length - failed.length} of ${results.length} specs passed, ${failed.length} failed`);
  return failed.every((result) => KNOWN_FAILURES.includes(result.fullName)) && results.length > 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
