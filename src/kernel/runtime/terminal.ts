/** What programs find at a terminal: methods that move the cursor, and an input that the reader answers. */
import { clearLine, clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { Readable } from 'node:stream';

import { type CellContext, currentCell, foregroundCell } from './context';
import type { Host } from './host';

const COLUMNS = 80;
const ROWS = 24;

/** After a line, a program may close its input; only one that still reads is asked again. */
const NEXT_LINE_MS = 50;

/** The methods of a terminal's stream, which the types of Node promise. */
export function addTerminalMethods(stream: NodeJS.WriteStream): void {
  Object.assign(stream, {
    columns: COLUMNS,
    rows: ROWS,
    clearLine: (direction: -1 | 0 | 1, done?: () => void) => clearLine(stream, direction, done),
    clearScreenDown: (done?: () => void) => clearScreenDown(stream, done),
    cursorTo: (...args: [x: number, y?: number, done?: () => void]) => cursorTo(stream, ...args),
    moveCursor: (...args: [dx: number, dy: number, done?: () => void]) => moveCursor(stream, ...args),
    getWindowSize: () => [COLUMNS, ROWS],
    getColorDepth: () => 1,
    hasColors: () => false,
  });
}

/** Whoever reads standard input asks the reader, line by line. */
export function installInput(host: Host): void {
  let isFirst = true;
  const answer = async (cell: CellContext): Promise<void> => {
    try {
      input.push(`${await host.input('')}\n`);
    } catch (error) {
      input.push('');
      input.pause();
      cell.fail(error as Error);
    }
  };
  const input: Readable = new Readable({
    read() {
      const cell = currentCell();
      const ask = (): void => {
        if (!cell || cell !== foregroundCell() || input.readableFlowing === false) {
          input.push(''); // nothing for now: to read again asks again
          input.pause();
          return;
        }
        void answer(cell);
      };
      if (isFirst) setImmediate(ask);
      else setTimeout(ask, NEXT_LINE_MS);
      isFirst = false;
    },
  });
  Object.defineProperty(process, 'stdin', { value: Object.assign(input, { fd: 0 }), configurable: true });
}
