/** Where the loops over a loader stand: each has its own place, also one within another. */
import { type RandomState, randomState } from '../../engine/random';

/** Where a loader stands; plain JSON, for checkpoints. */
export interface LoaderState {
  /** Epochs begun and not to be continued. */
  readonly epoch: number;
  /** Batches already handed out in the epoch to be continued; 0 between epochs. */
  readonly batch: number;
  /** Seed of that epoch's order. */
  readonly orderSeed: number;
  /** What a sampler's walk depended on when that epoch began. */
  readonly sampler?: { readonly random: RandomState; readonly own: unknown };
}

/** The place of one loop. */
export interface Place {
  status: 'waiting' | 'under way' | 'done';
  /** Whether it goes on where another one stood. */
  resumed: boolean;
  /** Batches handed out. */
  batch: number;
  orderSeed: number;
  sampler: LoaderState['sampler'] | undefined;
}

/** The places of all loops over one loader. */
export class Places {
  /** Epochs begun. */
  private begun = 0;
  /** Where the next loop continues. */
  private pending: LoaderState | undefined;
  /** Loops that have begun and not ended, the one that moved last at the end. */
  private readonly live: Place[] = [];

  /** The number of the epoch to come. */
  get next(): number {
    return this.begun;
  }

  /** The place of a loop that has not begun. */
  made(): Place {
    return { status: 'waiting', resumed: false, batch: 0, orderSeed: 0, sampler: undefined };
  }

  /** The state of a loop, by default of the one that moved last; between epochs where there is none. */
  state(place = this.live.at(-1)): LoaderState {
    if (place?.status !== 'under way') return this.pending ?? { epoch: this.begun, batch: 0, orderSeed: 0 };
    const { batch, orderSeed, sampler } = place;
    return { epoch: this.begun - 1, batch, orderSeed, ...(sampler && { sampler }) };
  }

  load(state: LoaderState): void {
    this.live.length = 0;
    this.begun = state.epoch;
    this.pending = { ...state };
  }

  /**
   * Begins a loop, which continues where the loaded state was taken.
   * @param seed draws the seed of an epoch's order
   * @param own the state of a sampler, if there is one
   */
  begin(place: Place, seed: (epoch: number) => number, own?: () => unknown): void {
    const { pending } = this;
    this.pending = undefined;
    const epoch = this.begun++;
    place.status = 'under way';
    this.live.push(place);
    if (pending && pending.batch > 0) {
      const { batch, orderSeed, sampler } = pending;
      Object.assign(place, { batch, orderSeed, sampler, resumed: true });
      return;
    }
    place.orderSeed = seed(epoch);
    if (own) place.sampler = { random: randomState(), own: own() };
  }

  advance(place: Place, batch: number): void {
    place.batch = batch;
    if (this.live.at(-1) === place) return;
    this.forget(place);
    this.live.push(place);
  }

  end(place: Place): void {
    place.status = 'done';
    this.forget(place);
  }

  private forget(place: Place): void {
    const at = this.live.indexOf(place);
    if (at >= 0) this.live.splice(at, 1);
  }
}
