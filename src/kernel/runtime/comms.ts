/** Comms: named two-way channels between a cell's code and the front-end (widgets use them). */
import { randomUUID } from 'node:crypto';

import type { Json } from '../jupyter/wire';
import type { CommKind } from '../link/messages';
import type { Host } from './host';

/** One message on a comm. */
export interface CommMessage {
  readonly data: Json;
  readonly metadata: Json;
  readonly buffers: readonly Uint8Array[];
}

type Handler = (message: CommMessage) => void;
type Target = (comm: Comm, message: CommMessage) => void;

/** One open comm. */
class Comm {
  onMessage: Handler | undefined;
  onClose: Handler | undefined;

  constructor(
    private readonly host: Host,
    private readonly forget: (id: string) => void,
    readonly target: string,
    readonly id: string = randomUUID(),
  ) {}

  send(data: Json, { metadata = {}, buffers = [] }: Partial<Omit<CommMessage, 'data'>> = {}): void {
    this.host.publish('comm_msg', { comm_id: this.id, data }, metadata, buffers);
  }

  close(data: Json = {}): void {
    this.forget(this.id);
    this.host.publish('comm_close', { comm_id: this.id, data });
  }
}

/** The registry, reached by cells as `globalThis[Symbol.for('tsdl.comms')]`. */
export class Comms {
  private readonly targets = new Map<string, Target>();
  private readonly open = new Map<string, Comm>();

  constructor(private readonly host: Host) {}

  /** Handles comms that the front-end opens under `name`. */
  registerTarget(name: string, target: Target): void {
    this.targets.set(name, target);
  }

  unregisterTarget(name: string): void {
    this.targets.delete(name);
  }

  /** Opens a comm to the front-end's target `name`. */
  create(
    name: string,
    data: Json = {},
    { metadata = {}, buffers = [] }: Partial<Omit<CommMessage, 'data'>> = {},
  ): Comm {
    const comm = this.add(name);
    this.host.publish('comm_open', { comm_id: comm.id, target_name: name, data }, metadata, buffers);
    return comm;
  }

  /** A comm message from the front-end. */
  handle(kind: CommKind, content: Json, metadata: Json, buffers: readonly Uint8Array[]): void {
    const id = typeof content.comm_id === 'string' ? content.comm_id : '';
    const message = { data: (content.data ?? {}) as Json, metadata, buffers };
    if (kind === 'comm_open') this.opened(id, String(content.target_name), message);
    else if (kind === 'comm_msg') this.open.get(id)?.onMessage?.(message);
    else this.closed(id, message);
  }

  private opened(id: string, name: string, message: CommMessage): void {
    const target = this.targets.get(name);
    if (!target) {
      // The protocol's answer to an unknown target.
      this.host.publish('comm_close', { comm_id: id, data: {} });
      return;
    }
    target(this.add(name, id), message);
  }

  private closed(id: string, message: CommMessage): void {
    const comm = this.open.get(id);
    this.open.delete(id);
    comm?.onClose?.(message);
  }

  private add(name: string, id?: string): Comm {
    const comm = new Comm(this.host, (closed) => this.open.delete(closed), name, id);
    this.open.set(comm.id, comm);
    return comm;
  }
}
