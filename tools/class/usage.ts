/** Memory of an account's processes, sampled while they run. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** In MB; a page that several processes share counts in parts (PSS). */
export interface Use {
  readonly kernel: number;
  readonly server: number;
}

/** What an account's kernels and its other processes hold now. */
export function usedBy(uid: number): Use {
  const use = { kernel: 0, server: 0 };
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const folder = join('/proc', pid);
      if (statSync(folder).uid !== uid) continue;
      const isKernel = readFileSync(join(folder, 'cmdline'), 'utf8').includes('bin/kernel.js');
      const [, kilobytes] =
        /^Pss:\s+(\d+) kB/m.exec(readFileSync(join(folder, 'smaps_rollup'), 'utf8')) ?? [];
      use[isKernel ? 'kernel' : 'server'] += Number(kilobytes ?? 0) / 1024;
    } catch {
      // it ended meanwhile
    }
  }
  return use;
}

/** Looks at some accounts every half second; `stop` gives each one's largest use, and the largest of all together. */
export function watch(uids: readonly number[]): { stop(): { each: Use[]; together: number } } {
  let each = uids.map(() => ({ kernel: 0, server: 0 }));
  let together = 0;
  const look = (): void => {
    const now = uids.map(usedBy);
    together = Math.max(
      together,
      now.reduce((sum, { kernel, server }) => sum + kernel + server, 0),
    );
    each = each.map(({ kernel, server }, i) => ({
      kernel: Math.max(kernel, now[i]?.kernel ?? 0),
      server: Math.max(server, now[i]?.server ?? 0),
    }));
  };
  const timer = setInterval(look, 500);
  return {
    stop: () => {
      clearInterval(timer);
      return { each, together };
    },
  };
}
