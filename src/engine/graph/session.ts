/** A recorded graph loaded into TensorFlow and ready to run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Binding, OutputInfo } from '../backend/native';
import type { GraphNode } from './graph';
import { encodeSavedModel } from './proto';

const TAG = 'tsdl';

/** A graph that TensorFlow has loaded and can run. */
export class Session {
  private constructor(
    private readonly binding: Binding,
    private readonly id: number,
  ) {}

  /** The binding loads graphs from a folder only; it is gone again when this returns. */
  static load(binding: Binding, nodes: readonly GraphNode[]): Session {
    const dir = mkdtempSync(join(tmpdir(), 'tsdl-graph-'));
    try {
      writeFileSync(join(dir, 'saved_model.pb'), encodeSavedModel(nodes, TAG, binding.TF_Version));
      return new Session(binding, binding.loadSavedModel(dir, TAG));
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  /** Loads the SavedModel in a folder, its checkpoint included. */
  static open(binding: Binding, dir: string, tag: string): Session {
    return new Session(binding, binding.loadSavedModel(dir, tag));
  }

  /** Feeds tensors by the binding's numbers; names are comma-separated `node:output`. Returns new tensors. */
  run(feeds: number[], feedNames: string, outputNames: string): OutputInfo[] {
    return this.binding.runSavedModel(this.id, feeds, feedNames, outputNames);
  }

  dispose(): void {
    this.binding.deleteSavedModel(this.id);
  }
}
