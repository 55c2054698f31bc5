/** Four 32-bit words. */
export type Sfc32State = readonly [number, number, number, number];

/**
 * A small, fast random stream with a period of at least 2³²: Chris Doty-Humphrey's sfc32 from the PractRand suite,
 * https://pracrand.sourceforge.net. Not for secrets.
 */
export class Sfc32 {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor([a, b, c, counter]: Sfc32State) {
    [this.a, this.b, this.c, this.counter] = [a | 0, b | 0, c | 0, counter | 0];
  }

  /** A stream of its own for each pair of 32-bit integers. */
  static from(seed: number, stream: number): Sfc32 {
    const made = new Sfc32([seed, stream, 0, 1]);
    for (let i = 0; i < 20; i++) made.next(); // near seeds part within the first dozen steps
    return made;
  }

  get state(): Sfc32State {
    return [this.a, this.b, this.c, this.counter];
  }

  /** A number in [0, 1), a multiple of 2⁻²⁴ so that it stays below 1 as float32. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    this.c |= 0;
    return (sum >>> 8) / 2 ** 24;
  }

  /** A standard normal number (Box and Muller, 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }
}
