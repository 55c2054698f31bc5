/**
 * Networks as standard SavedModels: the graph of `forward`, the weights in TensorFlow's checkpoint format and the
 * signature `serving_default`. TensorFlow Serving serves them, TensorFlow in Python reads them.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { replaceFolder } from '../../../bin/bootstrap/atomic';
import { type NativeBackend, nativeBackend } from '../backend/native';
import { outputName } from '../graph/graph';
import { decodeSignature, encodeSavedModel, type SignatureInfo } from '../graph/proto';
import { Session } from '../graph/session';
import * as tf from '../tf';
import { type ExportedGraph, exportGraph } from './exported';
import { alone, contentsOf, type ModelContents } from './metagraph';
import { vet } from './vetted';

/** What can be exported: every `nn.Module`. */
export interface Exportable {
  /** Computes the network's output; tensors in, tensors out. */
  forward(...inputs: never[]): unknown;
  /** Its variables, by the names they get in the checkpoint. */
  stateDict(): ReadonlyMap<string, tf.Variable>;
  /** Runs `body` with the network in this mode. */
  withMode<T>(mode: 'eval', body: () => T): T;
}

const TAG = 'serve';
const SIGNATURE = 'serving_default';
const METHOD = 'tensorflow/serving/predict';

function native(purpose: string): NativeBackend {
  const backend = nativeBackend();
  if (backend) return backend;
  throw new Error(`Cannot ${purpose}: expected the native TensorFlow backend, got "${tf.getBackend()}"`);
}

/**
 * Writes a network in evaluation mode as a SavedModel. Inputs are called `input` (`input_0`, … where there are
 * several), outputs `output` likewise or by the keys of the object that `forward` returns; weights keep their names in
 * the state dict. The batch (first) dimension is left open where the network allows it.
 * @param example inputs of `forward`, of the shapes to export
 * @throws RangeError if `dir` exists and is no SavedModel; CompileError as `compile` does
 * @example
 * exportSavedModel(model, 'exported/digits', tf.zeros([1, 28, 28, 1]));
 */
export function exportSavedModel(
  model: Exportable,
  dir: string,
  example: tf.Tensor | readonly tf.Tensor[],
): void {
  const backend = native('export a SavedModel');
  const target = resolve(dir);
  if (existsSync(target) && !existsSync(join(target, 'saved_model.pb'))) {
    throw new RangeError(`Cannot export a SavedModel: expected a new folder or a SavedModel, got "${dir}"`);
  }
  model.withMode('eval', () => {
    const exported = exportGraph(backend, model, Array.isArray(example) ? example : [example]);
    replaceFolder(target, (draft) => write(backend, exported, draft));
  });
}

/** Writes the graph, then lets it write its own checkpoint. */
function write(backend: NativeBackend, exported: ExportedGraph, dir: string): void {
  const { nodes, signature, checkpoint, variables } = exported;
  mkdirSync(join(dir, 'variables'), { recursive: true });
  const saver = checkpoint && {
    filename_tensor_name: outputName(checkpoint.file),
    save_tensor_name: outputName(checkpoint.saved),
    restore_op_name: checkpoint.restored.name,
    version: 2,
  };
  const definitions = variables.map(({ name, variable }, i) => {
    const store = checkpoint?.stores[i];
    return {
      variable_name: `${name}:0`,
      initializer_name: store?.node.name,
      initial_value_name: store && outputName(store.feed),
      snapshot_name: store && outputName(store.read),
      is_resource: true,
      trainable: variable.trainable,
    };
  });
  const signatures = { [SIGNATURE]: { ...signature, method_name: METHOD } };
  const parts = { saver, signatures, variables: definitions };
  writeFileSync(join(dir, 'saved_model.pb'), encodeSavedModel(nodes, TAG, backend.binding.TF_Version, parts));
  if (!checkpoint) return;
  const session = Session.open(backend.binding, dir, TAG);
  try {
    const ids = backend.getInputTensorIds(variables.map(({ variable }) => variable));
    const feeds = checkpoint.stores.map(({ feed }) => outputName(feed)).join();
    discard(backend, session.run(ids, feeds, outputName(checkpoint.stored)));
    tf.tidy(() => {
      const file = backend.getInputTensorIds([tf.scalar(join(dir, 'variables', 'variables'))]);
      discard(backend, session.run(file, outputName(checkpoint.file), outputName(checkpoint.saved)));
    });
  } finally {
    session.dispose();
  }
}

function discard(backend: NativeBackend, outputs: readonly { id: number }[]): void {
  for (const { id } of outputs) backend.binding.deleteTensor(id);
}

/** A SavedModel in memory; its weights stay as they were saved. */
export class LoadedModel {
  /** Names, types and shapes (−1: any size) of what goes in and comes out. */
  readonly inputs: SignatureInfo['inputs'];
  readonly outputs: SignatureInfo['outputs'];

  /** @internal Made by `loadSavedModel`. */
  constructor(
    private readonly backend: NativeBackend,
    private readonly session: Session,
    signature: SignatureInfo,
  ) {
    this.inputs = signature.inputs;
    this.outputs = signature.outputs;
  }

  /**
   * Runs the network on inputs in the order of `inputs`; gives a tensor, or several by name.
   * @throws TypeError for another number of inputs; Error if TensorFlow cannot run the graph on them
   */
  forward(...inputs: tf.Tensor[]): tf.Tensor | Record<string, tf.Tensor> {
    if (inputs.length !== this.inputs.length) {
      const names = this.inputs.map(({ name }) => name).join(', ');
      throw new TypeError(`Cannot run a SavedModel: expected inputs ${names}, got ${inputs.length} tensors`);
    }
    const ids = this.backend.getInputTensorIds(inputs);
    const nodes = (list: SignatureInfo['inputs']): string => list.map(({ node }) => node).join();
    const results = this.run(ids, nodes(this.inputs), nodes(this.outputs));
    const tensors = results.map((result) => this.backend.createOutputTensor(result));
    const [only] = tensors;
    if (only && tensors.length === 1) return only;
    return Object.fromEntries(this.outputs.map(({ name }, i) => [name, tensors[i] as tf.Tensor]));
  }

  private run(...args: Parameters<Session['run']>): ReturnType<Session['run']> {
    try {
      return this.session.run(...args);
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith('Cannot ')) throw error; // memory that ran out says so itself
      throw new Error(`Cannot run a SavedModel: expected a graph that TensorFlow runs, got "${message}"`, {
        cause: error,
      });
    }
  }

  /** Frees the graph and its weights. */
  dispose(): void {
    this.session.dispose();
  }
}

/** Whom a SavedModel is from. */
export interface LoadOptions {
  /** Whether it may do whatever TensorFlow can, as its own programs may: read and write files, for example. */
  readonly trusted?: boolean;
}

/**
 * Reads a SavedModel with the signature `serving_default`, written by `exportSavedModel` or by TensorFlow in Python. Its
 * graph is read first, and refused where it does more than to compute.
 * @throws RangeError if there is none in `dir`, or its graph is refused; SyntaxError if it has no such signature, or
 *   TensorFlow cannot read it
 * @example
 * const model = loadSavedModel('exported/digits');
 */
export function loadSavedModel(dir: string, { trusted = false }: LoadOptions = {}): LoadedModel {
  const backend = native('load a SavedModel');
  const file = join(dir, 'saved_model.pb');
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new RangeError(`Cannot load a SavedModel: expected a folder with saved_model.pb, got "${dir}"`);
  }
  const contents = contentsOf(readFileSync(file), TAG);
  const signature = signatureOf(contents);
  if (trusted) return new LoadedModel(backend, open(backend, resolve(dir)), signature);
  vet(contents);
  return withCopy(resolve(dir), contents, (copy) => new LoadedModel(backend, open(backend, copy), signature));
}

function signatureOf({ signatures }: ModelContents): SignatureInfo {
  const bytes = signatures.get(SIGNATURE);
  if (!bytes) {
    throw new SyntaxError(
      `Cannot load a SavedModel: expected tag "${TAG}" with signature "${SIGNATURE}", got none`,
    );
  }
  try {
    return decodeSignature(bytes);
  } catch (error) {
    const { message } = error as Error;
    throw new SyntaxError(`Cannot load a SavedModel: expected a signature, got ${message}`, { cause: error });
  }
}

/** A folder with the graph as it was looked at, and nothing beside it but the weights; gone again when this returns. */
function withCopy<T>(dir: string, contents: ModelContents, use: (copy: string) => T): T {
  const copy = mkdtempSync(join(tmpdir(), 'tsdl-model-'));
  try {
    writeFileSync(join(copy, 'saved_model.pb'), alone(contents));
    for (const part of ['variables', 'assets']) {
      if (existsSync(join(dir, part))) symlinkSync(join(dir, part), join(copy, part));
    }
    return use(copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function open({ binding }: NativeBackend, dir: string): Session {
  try {
    return Session.open(binding, dir, TAG);
  } catch (error) {
    const { message } = error as Error;
    throw new SyntaxError(`Cannot load a SavedModel: expected one that TensorFlow reads, got "${message}"`, {
      cause: error,
    });
  }
}
