/** Which comms are open, for comm_info_request. */
import type { Json } from '../jupyter/wire';

/** The comms that are open. */
export class CommList {
  private readonly open = new Map<string, string>();

  /** Notes a comm message of either side. */
  note(kind: string, content: Json): void {
    const id = typeof content.comm_id === 'string' ? content.comm_id : '';
    if (kind === 'comm_open') this.open.set(id, String(content.target_name));
    else if (kind === 'comm_close') this.open.delete(id);
  }

  /** Their other end is gone. */
  clear(): void {
    this.open.clear();
  }

  info(target: unknown): Json {
    const wanted = [...this.open].filter(
      ([, name]) => typeof target !== 'string' || target === '' || name === target,
    );
    return Object.fromEntries(wanted.map(([id, name]) => [id, { target_name: name }]));
  }
}
