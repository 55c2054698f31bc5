/** What cells can ask of the notebook: show, update, clear, ask the user, notice an interrupt. */
import type { Json } from '../jupyter/wire';
import { plain, withText } from './bundle';
import type { Channel } from './channel';
import { currentCell, foregroundCell } from './context';

/** Which output is meant, and whether it is a new one. */
export interface DisplayOptions {
  readonly id?: string;
  readonly update?: boolean;
  readonly metadata?: Record<string, unknown>;
}

/** The object under `globalThis[Symbol.for('tsdl.kernel')]`; viz draws through it. */
export interface KernelHost {
  display(bundle: Record<string, unknown>, options?: DisplayOptions): void;
  clearOutput(wait: boolean): void;
  /** Aborts at the user's first interrupt; asking for it lets the cell finish its step then. */
  signal(): AbortSignal;
  input(prompt: string, password?: boolean): Promise<string>;
}

interface Waiting {
  resolve(value: string): void;
  reject(reason: Error): void;
}

/** What `globalThis[Symbol.for('tsdl.kernel')]` is in a cell: display, signal, input. */
export class Host implements KernelHost {
  private waiting: Waiting | undefined;

  constructor(private readonly channel: Channel) {}

  display(bundle: Record<string, unknown>, options: DisplayOptions = {}): void {
    const transient = options.id === undefined ? {} : { display_id: options.id };
    const content = { data: withText(bundle), metadata: options.metadata ?? {}, transient };
    this.publish(options.update === true ? 'update_display_data' : 'display_data', content);
  }

  clearOutput(wait: boolean): void {
    this.publish('clear_output', { wait });
  }

  /**
   * Aborts when the user interrupts the running cell.
   * @throws Error outside a cell
   */
  signal(): AbortSignal {
    const cell = currentCell();
    if (!cell) throw new Error('Cannot give a signal: expected a running cell, got none');
    if (!cell.isCooperative) this.channel.send({ type: 'cooperative', id: cell.id });
    return cell.signal();
  }

  input(prompt: string, password = false): Promise<string> {
    const cell = currentCell();
    if (!cell) return Promise.reject(new Error('Cannot ask for input: expected a running cell, got none'));
    if (typeof prompt !== 'string')
      return Promise.reject(
        new TypeError(`Cannot ask for input: expected a text to show, got ${typeof prompt}`),
      );
    if (this.waiting)
      return Promise.reject(new Error('Cannot ask for input: another question is still open'));
    return new Promise((resolve, reject) => {
      const forget = cell.wait((reason) => {
        this.waiting = undefined;
        reject(reason);
      });
      const finish = (): void => {
        this.waiting = undefined;
        forget();
      };
      this.waiting = {
        resolve: (value) => (finish(), resolve(value)),
        reject: (reason) => (finish(), reject(reason)),
      };
      this.channel.sendInOrder({ type: 'input', id: cell.id, prompt, password });
    });
  }

  /** The user's answer. */
  answer(value: string): void {
    this.waiting?.resolve(value);
  }

  refuse(reason: string): void {
    this.waiting?.reject(new Error(reason));
  }

  /** Sends any message of the notebook's output channel as part of the current cell. */
  publish(kind: string, content: Json, metadata: Json = {}, buffers: readonly Uint8Array[] = []): void {
    const cell = currentCell();
    const message = {
      type: 'publish',
      id: cell?.id ?? '',
      kind,
      content: plain(content),
      metadata: plain(metadata),
      buffers: buffers.map(bytesOf),
    } as const;
    if (cell === foregroundCell()) this.channel.sendInOrder(message);
    else this.channel.send(message);
  }
}

/** @throws TypeError for what is no bytes: ZeroMQ would refuse it in the other process, out of the cell's sight. */
function bytesOf(buffer: unknown): Uint8Array {
  if (ArrayBuffer.isView(buffer)) return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (buffer instanceof ArrayBuffer) return Buffer.from(buffer);
  throw new TypeError(
    `Cannot send a buffer: expected bytes, got ${buffer === null ? 'null' : typeof buffer}`,
  );
}
