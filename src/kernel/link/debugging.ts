/** What the server and the runtime's debugging thread say to each other: requests of the Debug Adapter Protocol. */
import type { Json } from '../jupyter/wire';

/** Server to debugging thread. */
export type ToDebugger =
  | { readonly type: 'request'; readonly id: number; readonly command: string; readonly arguments: Json }
  /** The user interrupts: what is stopped goes on, with the cell of this serial stopped at its next check. */
  | { readonly type: 'release'; readonly serial: number }
  /** The process ends; it would wait for the debugger. */
  | { readonly type: 'leave' };

/** Debugging thread to server. */
export type FromDebugger =
  | { readonly type: 'answer'; readonly id: number; readonly body: Json }
  | { readonly type: 'refusal'; readonly id: number; readonly reason: string }
  | { readonly type: 'event'; readonly event: string; readonly body: Json };
