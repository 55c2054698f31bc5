/**
 * A line search for the strong Wolfe conditions, step by step PyTorch's (`torch/optim/lbfgs.py`, after minFunc): Nocedal
 * and Wright, "Numerical Optimization", 2006, chapter 3.
 */

/** Loss and gradient at some place, all parameters one after another. */
export interface Place {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** A place along a line: how far, and the slope along the line. */
interface Point extends Place {
  readonly t: number;
  readonly slope: number;
}

/** Where the search starts. */
export interface Line {
  /** The direction. */
  readonly d: Float32Array;
  readonly start: Place;
  /** The slope at the start. */
  readonly slope: number;
  /** Loss and gradient at a step t along d. */
  readonly at: (t: number) => Place;
  readonly toleranceChange: number;
  /** Most evaluations. */
  readonly most: number;
}

/** The place found, how far it is, and how often the loss was computed. */
export interface Found extends Place {
  readonly t: number;
  readonly evaluations: number;
}

const C1 = 1e-4;
const C2 = 0.9;

/** Σ aᵢ·bᵢ, rounded to float32. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return Math.fround(sum);
}

/** The largest |aᵢ|; NaN if one is. */
export function largest(a: Float32Array): number {
  return a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** A step along the line at which the loss has fallen enough and the slope is flat enough. */
export function strongWolfe(line: Line, first: number): Found {
  const search = new Search(line);
  const bracket = search.bracket(first);
  return bracket.length === 1 ? search.found(bracket[0]) : search.zoom(bracket);
}

class Search {
  private evaluations = 0;
  private rounds = 0;

  constructor(private readonly line: Line) {}

  found({ loss, gradient, t }: Point): Found {
    return { loss, gradient, t, evaluations: this.evaluations };
  }

  /** A place that fulfils the conditions, or two with one between them. */
  bracket(first: number): [Point] | [Point, Point] {
    const { start, slope, most } = this.line;
    const origin: Point = { ...start, t: 0, slope };
    let before = origin;
    let now = this.point(first);
    while (this.rounds < most) {
      if (this.high(now) || (this.rounds > 1 && now.loss >= before.loss)) return [before, now];
      if (this.flat(now)) return [now];
      if (now.slope >= 0) return [before, now];
      const bounds = [now.t + 0.01 * (now.t - before.t), now.t * 10] as const;
      const t = interpolated(before, now, bounds);
      before = now;
      now = this.point(t);
      this.rounds++;
    }
    return [origin, now];
  }

  /** Narrows a bracket until a place between its ends fulfils the conditions. */
  zoom(ends: [Point, Point]): Found {
    const { d, toleranceChange, most } = this.line;
    const width = largest(d);
    let [low, high] = ends[0].loss <= ends[1].loss ? ends : [ends[1], ends[0]];
    let stuck = false;
    let done = false;
    let [first, second] = ends;
    while (!done && this.rounds < most) {
      if (Math.abs(second.t - first.t) * width < toleranceChange) break;
      const trial = away(interpolated(first, second), [first.t, second.t], stuck);
      stuck = trial.stuck;
      const now = this.point(trial.t);
      this.rounds++;
      const lowFirst = low === first;
      if (this.high(now) || now.loss >= low.loss) {
        [first, second] = lowFirst ? [first, now] : [now, second];
        [low, high] = first.loss <= second.loss ? [first, second] : [second, first];
        continue;
      }
      if (this.flat(now)) done = true;
      else if (now.slope * (high.t - low.t) >= 0) high = low;
      low = now;
      [first, second] = lowFirst ? [low, high] : [high, low];
    }
    return this.found(low);
  }

  private point(t: number): Point {
    this.evaluations++;
    const place = this.line.at(t);
    return { ...place, t, slope: dot(place.gradient, this.line.d) };
  }

  /** Whether the loss has not fallen enough for the step: Armijo's condition. */
  private high({ loss, t }: Point): boolean {
    return loss > this.line.start.loss + C1 * t * this.line.slope;
  }

  private flat({ slope }: Point): boolean {
    return Math.abs(slope) <= -C2 * this.line.slope;
  }
}

/** A trial in a tenth of the bracket's end is moved away from it, the second time or at the very end. */
function away(t: number, ends: readonly [number, number], stuck: boolean): { t: number; stuck: boolean } {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const margin = 0.1 * (high - low);
  if (Math.min(high - t, t - low) >= margin) return { t, stuck: false };
  if (!stuck && t < high && t > low) return { t, stuck: true };
  return { t: Math.abs(t - high) < Math.abs(t - low) ? high - margin : low + margin, stuck: false };
}

/** The lowest place of the cubic through two places and their slopes, inside the bounds. */
function interpolated(a: Point, b: Point, bounds?: readonly [number, number]): number {
  const [low, high] = bounds ?? [Math.min(a.t, b.t), Math.max(a.t, b.t)];
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const d2 = Math.sqrt(square);
  const [x, y] = a.t <= b.t ? [a, b] : [b, a];
  const t = y.t - (y.t - x.t) * ((y.slope + d2 - d1) / (y.slope - x.slope + 2 * d2));
  return Math.min(Math.max(t, low), high);
}
