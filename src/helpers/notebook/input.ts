/** Questions to the user of a notebook. */
import { kernelHost } from './host';

/**
 * Asks and waits for one line; `password` shows none of it while it is typed. As Python's `input` and `getpass`:
 * https://docs.python.org/3/library/functions.html#input
 * @throws Where nobody can answer: in a headless run, and outside a notebook.
 * @example const name = await input('你的名字？');
 */
export async function input(prompt = '', { password = false } = {}): Promise<string> {
  const host = kernelHost();
  if (!host) {
    throw new Error(
      'Cannot ask for input: expected a notebook, got none; in a script use createInterface of node:readline/promises',
    );
  }
  return await host.input(prompt, password);
}
