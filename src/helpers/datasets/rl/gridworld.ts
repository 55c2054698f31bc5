/**
 * A walk over a small board, drawn as text: `S` start, `G` goal, `X` pit, `#` wall, `.` floor; after the examples of
 * Sutton and Barto, "Reinforcement Learning: An Introduction", 2018. States are numbered row by row.
 * @module tsdl/helpers/datasets/rl/gridworld
 */

/** The four actions as arrows. */
export const ARROWS = ['↑', '→', '↓', '←'] as const;

const MOVES = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
] as const;

/** What a walker gets for a step and for where it leads; by default −0.04, 1 and −1. */
export interface GridRewards {
  /** Of every step, those into goal and pit included. */
  readonly step?: number;
  readonly goal?: number;
  readonly pit?: number;
}

/** Where a step led. */
export interface GridStep {
  readonly state: number;
  readonly reward: number;
  /** Whether the walk is over: goal or pit. */
  readonly done: boolean;
}

/**
 * A board that an agent walks on: `S` start, `G` goal, `X` pit, `#` wall, `.` floor. States are counted row by row,
 * from 0.
 */
export class GridWorld {
  readonly rows: number;
  readonly columns: number;
  /** The state in which a walk starts. */
  readonly start: number;
  readonly actions = MOVES.length;
  private readonly cells: readonly string[];
  private readonly rewards: Required<GridRewards>;

  /** @throws RangeError unless the rows are equally long, of these letters alone, with one `S` and a `G` */
  constructor(board: readonly string[], { step = -0.04, goal = 1, pit = -1 }: GridRewards = {}) {
    this.rows = board.length;
    this.columns = board[0]?.length ?? 0;
    this.cells = [...board.join('')];
    this.rewards = { step, goal, pit };
    this.start = this.cells.indexOf('S');
    const count = (cell: string) => this.cells.filter((one) => one === cell).length;
    const rectangle = board.every((row) => row.length === this.columns);
    if (
      !rectangle ||
      count('S') !== 1 ||
      count('G') < 1 ||
      this.cells.some((cell) => !'SGX#.'.includes(cell))
    ) {
      throw new RangeError(
        `Cannot build GridWorld: expected rows of equal length of S G X # . with one S and a G, got ${board.join(' / ')}`,
      );
    }
  }

  get states(): number {
    return this.cells.length;
  }

  /** What a state is: a letter of the board. */
  at(state: number): string {
    return this.cells[state] ?? '#';
  }

  /**
   * One step; against a wall or the edge one stays where one is. Actions: 0 up, 1 right, 2 down, 3 left.
   * @throws RangeError for another state or action
   */
  step(state: number, action: number): GridStep {
    const move = MOVES[action];
    if (!move || state < 0 || state >= this.states) {
      throw new RangeError(
        `Cannot step: expected a state below ${this.states} and action 0 … 3, got ${state}, ${action}`,
      );
    }
    const [row, column] = [Math.floor(state / this.columns) + move[0], (state % this.columns) + move[1]];
    const inside = row >= 0 && row < this.rows && column >= 0 && column < this.columns;
    const next = row * this.columns + column;
    const reached = inside && this.at(next) !== '#' ? next : state;
    const cell = this.at(reached);
    const prize = cell === 'G' ? this.rewards.goal : cell === 'X' ? this.rewards.pit : 0;
    return { state: reached, reward: this.rewards.step + prize, done: cell === 'G' || cell === 'X' };
  }
}
