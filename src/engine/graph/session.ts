/** A recorded graph loaded into TensorFlow and ready to run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sessionsHaveThreads } from '../backend/environment';
import { openingAt, size, together } from '../backend/membership';
import type { Binding, OutputInfo } from '../backend/native';
import type { GraphNode } from './graph';
import { encodeOneThread, encodeSavedModel } from './proto';
import { meets, needsServer } from './workersum';

const TAG = 'tsdl';

/** A graph that TensorFlow has loaded and can run. */
export class Session {
  private constructor(
    private readonly binding: Binding,
    private readonly id: number,
    private readonly collective = false,
  ) {}

  /**
   * The binding loads graphs from a folder only; it is gone again when this returns.
   * @param threads one, the caller's, where handing work to others would take longer than the work
   */
  static load(binding: Binding, nodes: readonly GraphNode[], threads: 'one' | 'all' = 'all'): Session {
    const dir = mkdtempSync(join(tmpdir(), 'tsdl-graph-'));
    try {
      writeFileSync(join(dir, 'saved_model.pb'), encodeSavedModel(nodes, TAG, binding.TF_Version));
      // opensession.cc reads it; a worker's sessions have the cluster's configuration
      if (threads === 'one' && size === 1 && sessionsHaveThreads(process.env)) {
        writeFileSync(join(dir, 'session_config.pb'), encodeOneThread());
      }
      // a collective operation in a session of this process alone would wait for the others for ever
      const id = openingAt(nodes.some(needsServer), () => binding.loadSavedModel(dir, TAG));
      return new Session(binding, id, nodes.some(meets));
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  /** Loads the SavedModel in a folder, its checkpoint included. */
  static open(binding: Binding, dir: string, tag: string): Session {
    return new Session(
      binding,
      openingAt(false, () => binding.loadSavedModel(dir, tag)),
    );
  }

  /** Feeds tensors by the binding's numbers; names are comma-separated `node:output`. Returns new tensors. */
  run(feeds: number[], feedNames: string, outputNames: string): OutputInfo[] {
    const run = (): OutputInfo[] => this.binding.runSavedModel(this.id, feeds, feedNames, outputNames);
    return this.collective ? together(run) : run();
  }

  dispose(): void {
    this.binding.deleteSavedModel(this.id);
  }
}
