/** One output of a cell that changes in place: a progress bar, a live chart. */
import { kernelHost, type MimeBundle } from '../helpers/notebook/host';

let count = 0;

/** One output that changes in place: a progress bar, a live chart. */
export class LiveOutput {
  private readonly id = `tsdl-${process.pid}-${Date.now().toString(36)}-${count++}`;
  private shown = false;

  /** Replaces what stands there. Does nothing outside a kernel, where nothing can be replaced. */
  update(bundle: MimeBundle, metadata?: Record<string, unknown>): void {
    const host = kernelHost();
    if (!host) return;
    host.display(bundle, { id: this.id, update: this.shown, ...(metadata ? { metadata } : {}) });
    this.shown = true;
  }
}
