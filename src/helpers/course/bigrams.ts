/**
 * Opponents that do nothing but count, for language models to be compared with: what came most often in a context, and
 * how often two signs follow each other (Shannon, "A Mathematical Theory of Communication", 1948).
 */

/** Counts under a key. */
class Counts {
  private readonly all = new Map<string, number>();

  add(key: string): void {
    this.all.set(key, this.of(key) + 1);
  }

  of(key: string): number {
    return this.all.get(key) ?? 0;
  }

  /** The key counted most often; among equals the one seen first. */
  most(): string | undefined {
    let [best, count]: [string | undefined, number] = [undefined, 0];
    for (const [key, n] of this.all) if (n > count) [best, count] = [key, n];
    return best;
  }
}

/**
 * What came most often in each context; undefined for a context that was never seen.
 * `mostFrequent([['a', 'x'], ['a', 'y'], ['a', 'y']])('a')` is `'y'`.
 */
export function mostFrequent(
  seen: Iterable<readonly [context: string, value: string]>,
): (context: string) => string | undefined {
  const contexts = new Map<string, Counts>();
  for (const [context, value] of seen) {
    const counts = contexts.get(context) ?? new Counts();
    contexts.set(context, counts);
    counts.add(value);
  }
  const best = new Map([...contexts].map(([context, counts]) => [context, counts.most()]));
  return (context) => best.get(context);
}

const SIGNS = ['，', '。'];
const RARE = 1e-9;

/**
 * P(b | a) out of counts, smoothed with κ times the frequency of b alone. `verse` is told one thing more: where the
 * commas and full stops of regular verse stand.
 */
export class Bigrams {
  private readonly counts = new Counts();
  private readonly total: number;
  /** Share of pieces whose lines have five signs; the others have seven. */
  private readonly five: number;

  /** @param vocabulary how many signs there are */
  constructor(
    pieces: readonly string[],
    private readonly vocabulary: number,
  ) {
    for (const [a, b] of pieces.flatMap(pairs)) for (const key of [b, a + b, `${a}·`]) this.counts.add(key);
    this.total = pieces.join('').length - pieces.length;
    this.five = pieces.filter((piece) => piece.indexOf('，') === 5).length / pieces.length;
  }

  private pair(a: string, b: string, kappa: number): number {
    const single = (this.counts.of(b) + 1) / (this.total + this.vocabulary);
    return (this.counts.of(a + b) + kappa * single) / (this.counts.of(`${a}·`) + kappa);
  }

  /** The probability of each sign but a piece's first, given the one before it. */
  probabilities(pieces: readonly string[], kappa = 100): number[] {
    return pieces.flatMap(pairs).map(([a, b]) => this.pair(a, b, kappa));
  }

  /** The same by a reader who counts signs: after the first line's length he knows where each line ends. */
  verse(pieces: readonly string[], kappa = 100): number[] {
    return pieces.flatMap((piece) =>
      pairs(piece).map(([a, b], t) => {
        const ends = this.endsLine(piece, t);
        if (SIGNS.includes(b)) return Math.max(ends, RARE);
        const signs = SIGNS.reduce((sum, sign) => sum + this.pair(a, sign, kappa), 0);
        return Math.max(1 - ends, RARE) * (this.pair(a, b, kappa) / (1 - signs));
      }),
    );
  }

  /** The probability that a line ends after sign `t` of a piece. */
  private endsLine(piece: string, t: number): number {
    const before = piece.slice(0, t + 1);
    const done = t - Math.max(...SIGNS.map((sign) => before.lastIndexOf(sign)));
    const first = before.indexOf('，');
    if (first >= 0) return Number(done === first);
    return done === 5 ? this.five : Number(done === 7);
  }
}

const pairs = (piece: string): [string, string][] =>
  [...piece].slice(1).map((b, t): [string, string] => [piece[t] ?? '', b]);
