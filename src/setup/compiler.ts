/** The C++ compiler: which one, and how it is called on this platform. */
import { runChild } from '../../bin/bootstrap/child';
import { Fault } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';

/** A C++ compiler that answers. */
export interface Compiler {
  readonly command: string;
  /** First line of `--version`. */
  readonly version: string;
}

/** $CXX, g++, c++ or clang++: the first that answers. */
export async function findCompiler(): Promise<Compiler | undefined> {
  const candidates = [process.env.CXX, 'g++', 'c++', 'clang++'].filter((name): name is string => !!name);
  for (const command of candidates) {
    const { code, output } = await runChild(command, ['--version']);
    if (code === 0) return { command, version: output.split('\n')[0] ?? '' };
  }
  return undefined;
}

/** The command that installs a compiler here. */
export const compilerHint = (): string =>
  process.platform === 'darwin'
    ? 'xcode-select --install'
    : say({
        zh: 'sudo apt install g++（Debian/Ubuntu），或 sudo dnf install gcc-c++（Fedora/RHEL）',
        en: 'sudo apt install g++ (Debian, Ubuntu) or sudo dnf install gcc-c++ (Fedora, RHEL)',
      });

/**
 * The C++ compiler.
 * @throws Fault that says how to install one where there is none
 */
export async function requireCompiler(): Promise<Compiler> {
  const compiler = await findCompiler();
  if (compiler) return compiler;
  throw new Fault(
    {
      zh: '找不到 C++ 编译器，无法编译 TensorFlow 的 Node 绑定。',
      en: 'There is no C++ compiler to compile TensorFlow’s Node binding with.',
    },
    compilerHint(),
  );
}

/** Flags for a N-API addon (a shared object whose Node symbols are resolved when it is loaded). */
export function addonFlags(includes: readonly string[], platform: string = process.platform): string[] {
  const undefinedSymbols = platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', ...undefinedSymbols],
    ...includes.map((dir) => `-I${dir}`),
  ];
}

/** The run-time search path relative to the addon itself, so that the runtime can be moved as a whole. */
export function originPath(relative: string, platform: string = process.platform): string {
  return `-Wl,-rpath,${platform === 'darwin' ? '@loader_path' : '$ORIGIN'}/${relative}`;
}
