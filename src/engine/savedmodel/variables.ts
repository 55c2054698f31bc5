/** The part of a SavedModel's graph that writes its variables to a checkpoint and reads them back. */
import { DType } from '../backend/native';
import type { Graph, GraphNode, Output } from '../graph/graph';

/** A variable of an exported graph. */
export interface SavedVariable {
  /** Its key in the checkpoint. */
  readonly name: string;
  readonly handle: Output;
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** The nodes by which a SavedModel writes and reads its checkpoint. */
export interface CheckpointNodes {
  /** String scalar: path of the checkpoint without its endings. */
  readonly file: Output;
  /** The same string again, when everything is written. */
  readonly saved: Output;
  /** Runs when everything is read. */
  readonly restored: GraphNode;
  /** Placeholder and assignment of each variable, for handing in its first value, and its value again. */
  readonly stores: readonly { readonly feed: Output; readonly node: GraphNode; readonly read: Output }[];
  /** A scalar that is there when all first values are handed in. */
  readonly stored: Output;
}

/** Adds the nodes of TensorFlow's `Saver` (second checkpoint format) to `graph`. */
export function addCheckpoint(graph: Graph, variables: readonly SavedVariable[]): CheckpointNodes {
  const strings = (texts: readonly string[], shape: number[]): Output =>
    graph.constant({ dtype: DType.string, shape, bytes: Buffer.from(texts.join('\0')), strings: texts });
  const scalar = { shape: { kind: 'shape', value: [] } } as const;
  const file = graph.output('PlaceholderWithDefault', [strings(['model'], [])], scalar, DType.string, 'file');
  const count = [variables.length];
  const names = strings(
    variables.map(({ name }) => name),
    count,
  );
  const slices = strings(
    variables.map(() => ''),
    count,
  );
  const type = (dtype: number) => ({ dtype: { kind: 'type', value: dtype } }) as const;
  const values = variables.map(({ handle, dtype }) =>
    graph.output('ReadVariableOp', [handle], type(dtype), dtype),
  );
  const save = graph.add('SaveV2', [file, names, slices, ...values], {});
  const saved = graph.output('Identity', [file], {}, DType.string, 'saved');
  saved.node.controls.add(save);

  const types = variables.map(({ dtype }) => dtype);
  const restore = graph.add('RestoreV2', [file, names, slices], { dtypes: { kind: 'type', value: types } });
  const restored = graph.add('NoOp', [], {}, 'restored');
  variables.forEach(({ handle, dtype }, index) => {
    restored.controls.add(
      graph.add('AssignVariableOp', [handle, { node: restore, index, dtype }], type(dtype)),
    );
  });
  const stores = variables.map(({ handle, dtype, shape }, i) => {
    const feed = graph.placeholder(dtype, shape, 'first');
    const node = graph.add('AssignVariableOp', [handle, feed], type(dtype), 'set');
    return { feed, node, read: values[i] as Output };
  });
  const stored = graph.ready(stores.map(({ node }) => node));
  return { file, saved, restored, stores, stored };
}
