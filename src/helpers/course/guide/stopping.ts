/**
 * The guide's `EarlyStopping`: call it with each epoch's validation loss, stop when `earlyStop` is true.
 * @example
 * const stopper = new EarlyStopping(7);
 * for (const valLoss of [0.9, 0.5, 0.6]) {
 *   stopper.call(valLoss);
 *   if (stopper.earlyStop) break;
 * }
 */
export class EarlyStopping {
  counter = 0;
  bestLoss: number | null = null;
  earlyStop = false;

  /**
   * @param patience epochs without progress before stopping
   * @param minDelta how much lower a loss has to be to count as progress
   */
  constructor(
    readonly patience = 7,
    readonly minDelta = 0,
  ) {}

  /** Notes the validation loss of an epoch; then `earlyStop` says whether to go on. */
  call(valLoss: number): void {
    if (this.bestLoss === null) {
      this.bestLoss = valLoss;
    } else if (valLoss > this.bestLoss - this.minDelta) {
      this.counter += 1;
      if (this.counter >= this.patience) this.earlyStop = true;
    } else {
      this.bestLoss = valLoss;
      this.counter = 0;
    }
  }
}
