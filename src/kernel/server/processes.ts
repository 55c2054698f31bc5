/** Other processes, as the system's /proc tells of them; where there is none, little is known. */
import { readdirSync, readFileSync } from 'node:fs';

/** What /proc says of a process after its name: state, parent, group, session and so on; undefined for one that is gone. */
export function statOf(pid: number): readonly string[] | undefined {
  try {
    // The name may hold anything, brackets and spaces too.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ');
  } catch {
    return undefined;
  }
}

/** Numbers of all processes that can be seen. */
export function allProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** A text that no other process will have for this number, or undefined once this one has ended. */
export function lifeOf(pid: number): string | undefined {
  const [state = '', ...fields] = statOf(pid) ?? [];
  if (state !== '') return 'ZX'.includes(state) ? undefined : fields[START];
  try {
    process.kill(pid, 0);
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined;
  }
}

/** Where the time of its start stands after its state. */
const START = 18;
