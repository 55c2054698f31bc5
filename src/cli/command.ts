/** How a command line finds its sub-command: a table of names, each in the file or folder of its name. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Fault } from '../../bin/bootstrap/fault';
import { plain, say, type Text } from '../../bin/bootstrap/language';
import type { Need } from '../setup';

/** A sub-command, in a line of the help. */
export interface Command {
  readonly text: Text;
  /** What has to be installed before it runs; a checkout installs everything or nothing. */
  readonly needs: readonly Need[];
}

/** A program of sub-commands, each a file of its name. */
export interface CommandLine {
  /** As the user types it: `npx tsdl`. */
  readonly call: string;
  /** The folder of the sub-commands. */
  readonly dir: string;
  /** In the order of the help; one that lies elsewhere is told by `path`. */
  readonly commands: Readonly<Record<string, Command & { readonly path?: string }>>;
}

const load = createRequire(__filename);

/** The list of all commands, in the language of the screen. */
export function help({ call, commands }: CommandLine): string {
  const lines = Object.entries(commands).map(([key, { text }]) => `  ${key.padEnd(10)}${say(text)}`);
  return [
    say({ zh: `${call} <命令> [参数]`, en: `${call} COMMAND [arguments]` }),
    '',
    ...lines,
    '',
    say({ zh: '每条命令都可加 --help。', en: 'Every command takes --help.' }),
  ].join('\n');
}

/**
 * Runs a sub-command and gives its exit code.
 * @throws Fault for an unknown command or wrong arguments, TypeError if the file has no function of the command's
 *   name
 */
export async function runCommand(line: CommandLine, name: string, rest: string[]): Promise<number> {
  const command = Object.hasOwn(line.commands, name) ? line.commands[name] : undefined;
  if (!command)
    throw new Fault(
      { zh: `没有 ${name} 这条命令。`, en: `There is no command ${name}.` },
      `${line.call} --help`,
    );
  if (command.needs.length > 0 && !rest.includes('--help')) {
    const { ensureSetup } = load('../setup') as {
      ensureSetup: (needs: readonly Need[]) => Promise<void>;
    };
    await ensureSetup(command.needs);
  }
  const path = join(line.dir, command.path ?? name);
  const run = (load(path) as Record<string, (argv: string[]) => Promise<number>>)[name];
  if (!run) throw new TypeError(`Cannot run ${name}: expected ${path} to export ${name}()`);
  try {
    return await run(rest);
  } catch (error) {
    throw isOfArguments(error) ? new Fault(plain(error.message), `${line.call} ${name} --help`) : error;
  }
}

/** An argument that `parseArgs` refused: the user's slip, which needs no stack. */
const isOfArguments = (error: unknown): error is Error =>
  error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
