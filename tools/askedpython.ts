/** The Python of a check that has a peer: `--python PATH`. */
import { say } from '../bin/bootstrap/language';

/** PATH; without one, says how the command `npm run NAME` is called, and that it failed. */
export function askedPython(name: string, packages: string): string | undefined {
  const at = process.argv.indexOf('--python');
  const python = at < 0 ? undefined : process.argv[at + 1];
  if (python !== undefined) return python;
  const usage = `npm run ${name} -- --python PATH`;
  console.error(
    say({
      zh: `用法：${usage}（装有 ${packages} 的 Python）`,
      en: `usage: ${usage} (a Python with ${packages})`,
    }),
  );
  process.exitCode = 2;
  return undefined;
}
