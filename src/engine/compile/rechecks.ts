/**
 * When a recording is made a second time and compared with the first. What stands in fields is guarded; a `let` of a
 * closure cannot be seen from outside, so the function itself is asked again: at the call after the first and, where
 * that is quick, at the next few, when somebody says that code has run which may have changed something, and otherwise
 * as often as a twentieth of the time allows.
 */

/** Time of replays that pays for one check, in times of its own: always, and where somebody asks for one. */
const SPARING = 20;
const ASKED = 3;
/** So many checks are made whenever they are asked for, whatever they take. */
const FREE = 16;
/** The first checks are made at every call until they have taken so many milliseconds together. */
const EARLY = 8;
const EARLY_MS = 300;

/** The checks of one recording. */
export class Checks {
  /** Replays since the last call that was known to be right. */
  unchecked = 0;
  private asked = true;
  private made = 0;
  /** Milliseconds that the last check took. */
  private cost = 0;
  private total = 0;
  /** Milliseconds of replays since then. */
  private spent = 0;

  /** Says that something may have changed. */
  ask(): void {
    this.asked = true;
  }

  /** Whether the next call is to be checked. */
  get due(): boolean {
    if (this.asked && (this.made < FREE || this.spent >= ASKED * this.cost)) return true;
    if (this.made < EARLY && this.total < EARLY_MS) return true;
    return this.spent >= SPARING * this.cost;
  }

  /** Runs a replay, and counts it. */
  replay<T>(run: () => T): T {
    const start = performance.now();
    const result = run();
    this.spent += performance.now() - start;
    this.unchecked++;
    return result;
  }

  /** Notes that the recording was found to be true, after a check that began at `start`. */
  passed(start: number): void {
    this.cost = performance.now() - start;
    this.total += this.cost;
    [this.asked, this.spent, this.unchecked] = [false, 0, 0];
    this.made++;
  }
}
