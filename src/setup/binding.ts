/** The step that compiles tfjs-node-gpu's N-API binding against the installed library, and our small addons. */
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { runChild } from '../../bin/bootstrap/child';
import { Fault, tail } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import {
  ADDONS,
  addonSource,
  bindingDir,
  bindingKey,
  bindingPackage,
  libraryDir,
  OPENING,
} from '../engine/backend/installed';
import { home } from '../engine/backend/paths';
import { hashFile, stamped } from '../engine/backend/stamp';
import type { Variant } from '../engine/backend/wheels';
import { addonFlags, type Compiler, originPath, requireCompiler } from './compiler';
import type { Made, Step } from './frame';
import { requireLibrary } from './library';
import { probe } from './probe';

const locate = createRequire(__filename);
const napiHeaders = (): string => join(dirname(locate.resolve('node-api-headers/package.json')), 'include');

async function compile(compiler: Compiler, args: readonly string[]): Promise<void> {
  const { code, output } = await runChild(compiler.command, args);
  if (code === 0) return;
  if (/No space left on device/.test(output)) {
    throw new Fault(
      { zh: '磁盘已满，没有编译完。', en: 'The disk is full; the compilation is incomplete.' },
      { zh: '腾出空间后再运行同一条命令', en: 'free some space and run the same command again' },
    );
  }
  throw new Fault(
    {
      zh: `编译 TensorFlow 的 Node 绑定失败（${compiler.version}）。`,
      en: `TensorFlow’s Node binding does not compile (${compiler.version}).`,
    },
    {
      zh: '需要 g++ 9 或 clang 10 以上；可用 CXX=<编译器> npm run setup 指定另一个',
      en: 'g++ 9 or clang 10 or newer is needed; CXX=<compiler> npm run setup takes another one',
    },
    tail(output),
  );
}

async function compileAll(compiler: Compiler, variant: Variant, staging: string): Promise<void> {
  const source = bindingPackage();
  const library = join(libraryDir(variant), 'tensorflow');
  const headers = [join(library, 'include'), napiHeaders()];
  const linked = [
    ...requireLibrary(variant).files.map((file) => join(library, file)),
    originPath(join('..', basename(libraryDir(variant)), 'tensorflow')),
  ];
  const theirs = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, 'binding', file));
  const sources = ['-include', OPENING.header, ...theirs, OPENING.source];
  const out = (name: string) => ['-o', join(staging, `${name}.node`)];
  const binding = [...addonFlags([source, ...headers]), ...sources, ...linked, ...out('tfjs_binding')];
  const addons = async (): Promise<void> => {
    for (const addon of ADDONS) {
      const own = ['quiet', 'lifetimes'].includes(addon) ? [] : linked;
      await compile(compiler, [...addonFlags(headers), addonSource(addon), ...own, ...out(addon)]);
    }
  };
  // two compilers at once: each takes some hundred megabytes
  await Promise.all([compile(compiler, binding), addons()]);
}

/** The step that compiles the binding against TensorFlow's library and Node's headers. */
export function bindingStep(variant: Variant): Step {
  return {
    id: `binding-${variant}`,
    title: say({
      zh: '编译 TensorFlow 的 Node 绑定（约 20 秒）',
      en: 'Compiling TensorFlow’s Node binding (about 20 seconds)',
    }),
    dir: bindingDir(variant),
    lockDir: home(),
    key: () => bindingKey(variant),
    needs: 5e6,
    precheck: async () => void (await requireCompiler()),
    make: async (staging): Promise<Made> => {
      const compiler = await requireCompiler();
      await compileAll(compiler, variant, staging);
      const result = await probe(join(staging, 'tfjs_binding.node'));
      if (!result.ok)
        throw new Fault(
          { zh: '编译出的绑定不能工作。', en: 'The binding was compiled but does not work.' },
          'npm run doctor',
          `    ${result.error}`,
        );
      const names = ['tfjs_binding', ...ADDONS].map((name) => `${name}.node`);
      const files = await Promise.all(
        names.map(async (name) => stamped(staging, name, await hashFile(join(staging, name)))),
      );
      const info = { compiler: compiler.version, tensorflow: result.version };
      return {
        files,
        info,
        summary: say({
          zh: `完成：TensorFlow ${result.version} 可用`,
          en: `done: TensorFlow ${result.version} works`,
        }),
      };
    },
  };
}
