/**
 * When a session may keep filters of its first call: as long as no variable that it only reads is given another value.
 * Once one was, the session is made anew without, and with them again only after a good many calls without a change, twice as
 * many each time: evaluation between epochs would otherwise be loaded anew each time.
 */
const PATIENCE = 64;

/** Whether a session keeps filters. */
export class Keeping {
  private keeps: boolean;
  /** Whether the session has kept some already. */
  private has = false;
  private unchanged = 0;
  private patience = PATIENCE;

  /** `able`: whether there are filters to keep. */
  constructor(private readonly able: boolean) {
    this.keeps = able;
  }

  /** Whether the session is to keep filters. */
  get now(): boolean {
    return this.keeps;
  }

  /**
   * Call before each run; says whether it needs a new session.
   * @param changed whether a variable that is only read has another value than the session holds
   */
  next(changed: boolean): boolean {
    if (this.keeps) {
      this.keeps = !(this.has && changed);
      this.has = this.keeps;
      this.unchanged = 0;
      return !this.keeps;
    }
    this.unchanged = changed ? 0 : this.unchanged + 1;
    if (!this.able || this.unchanged < this.patience) return false;
    this.patience *= 2;
    this.keeps = this.has = true;
    return true;
  }
}
