import { resolve } from 'node:path';

import { Session } from '../../src/kernel/language/session';
import { loadTslab } from '../../src/kernel/language/tslab';

const ROOT = resolve(__dirname, '../..');

/** A language session that looks from the project's folder; `close` goes back to the one before. */
export function openSession(): { readonly session: Session; readonly close: () => void } {
  const cwd = process.cwd();
  process.chdir(ROOT);
  const session = new Session(loadTslab(ROOT));
  const close = (): void => {
    session.close();
    process.chdir(cwd);
  };
  return { session, close };
}
