/** What is damaged: how each is written, whole or damaged, and what it says when it is read. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { PROJECT } from '../../src/engine/backend/paths';
import { manualSeed } from '../../src/engine/random';
import { exportSavedModel, loadSavedModel } from '../../src/engine/savedmodel';
import * as tf from '../../src/engine/tf';
import { readSafetensors } from '../../src/helpers/io/safetensors';
import { readStateDict, saveStateDict } from '../../src/helpers/io/state';
import { Adam } from '../../src/helpers/optim';
import { loadCheckpoint, saveCheckpoint } from '../../src/helpers/train/checkpoint';
import * as nn from '../../src/nn';
import { assertDrawn, CHARTS, ODD } from '../../test/support/oddtitles';
import type { Damage } from './damage';

/** One kind of file or text. */
export interface Subject {
  /** Makes what is read, damaged where a damage is given. */
  readonly write: (folder: string, damage?: Damage) => void;
  /** Reads it; gives what it says as a text. */
  readonly read: (folder: string) => string | Promise<string>;
  /**
   * What a damaged one says by its own bytes, read independently. Without it anything but what the whole one says is
   * wrong; `undefined`: it may say something else, as a changed program does.
   */
  readonly says?: (folder: string, damaged: string) => string | undefined;
}

const told = (
  name: string,
  { dtype, shape }: Pick<tf.Tensor, 'dtype' | 'shape'>,
  bytes: Uint8Array,
): string => `${name} ${dtype} [${shape.join()}] ${Buffer.from(bytes).toString('base64')}`;

/** Names, types, shapes and every bit. */
const say = (tensors: Iterable<readonly [string, tf.Tensor]>): string =>
  [...tensors]
    .map(([name, tensor]) => {
      const { buffer, byteOffset, byteLength } = tensor.dataSync() as Float32Array;
      return told(name, tensor, new Uint8Array(buffer, byteOffset, byteLength));
    })
    .sort()
    .join('\n');

function network(seed: number): nn.Sequential {
  manualSeed(seed);
  return new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2), new nn.ReLU(), new nn.Flatten(), new nn.Linear(32, 3)); // prettier-ignore
}

const input = (): tf.Tensor => tf.reshape(tf.linspace(-1, 1, 72), [2, 6, 6, 1]);
const whole = new Map<string, Buffer>();

/** The bytes of what `make` writes, made once. */
function bytesOf(folder: string, name: string, make: (path: string) => void): Buffer {
  const path = join(folder, name);
  if (!whole.has(name)) {
    make(path);
    whole.set(name, readFileSync(path));
  }
  return Buffer.from(whole.get(name) as Buffer);
}

const SAVED = [
  'saved_model.pb',
  'variables/variables.index',
  'variables/variables.data-00000-of-00001',
] as const;

/** A SavedModel of which one of these files is damaged. */
function savedModel(files: readonly string[], damaged: (bytes: Buffer, damage: Damage) => Buffer): Subject {
  return {
    write: (folder, damage) => {
      const model = join(folder, 'model');
      const make = (): void => {
        const trained = network(1);
        tf.tidy(() => exportSavedModel(trained, model, input()));
        trained.dispose();
      };
      const parts = SAVED.map((name) => {
        if (!whole.has(name)) make();
        return [name, bytesOf(model, name, () => undefined)] as const;
      });
      rmSync(model, { recursive: true, force: true });
      mkdirSync(join(model, 'variables'), { recursive: true });
      const chosen = damage?.pick(files);
      for (const [name, bytes] of parts)
        writeFileSync(join(model, name), damage && name === chosen ? damaged(bytes, damage) : bytes);
    },
    read: (folder) => {
      const model = loadSavedModel(join(folder, 'model'));
      try {
        return tf.tidy(() => {
          const result = model.forward(input());
          return say(result instanceof tf.Tensor ? [['output', result]] : Object.entries(result));
        });
      } finally {
        model.dispose();
      }
    },
  };
}

/** Its header changed as JSON, or its bytes blindly. */
function damagedSafetensors(bytes: Buffer, damage: Damage): Buffer {
  if (damage.below(2) === 0) return damage.bytes(bytes);
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header = Buffer.from(JSON.stringify(damage.json(JSON.parse(bytes.toString('utf8', 8, end)))));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, bytes.subarray(end)]);
}

type Header = Readonly<Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>>;

/** What a safetensors file says, read without tsdl's reader; where it has floats alone. */
function safetensorsSays(folder: string): string | undefined {
  const bytes = readFileSync(join(folder, 'weights.safetensors'));
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Header;
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  if (entries.some(([, { dtype }]) => dtype !== 'F32')) return undefined;
  const lines = entries.map(
    ([
      name,
      {
        shape,
        data_offsets: [from, to],
      },
    ]) => told(name, { dtype: 'float32', shape }, bytes.subarray(start + from, start + to)),
  );
  return lines.sort().join('\n');
}

const safetensors: Subject = {
  write: (folder, damage) => {
    const bytes = bytesOf(folder, 'weights.safetensors', (path) => {
      const trained = network(1);
      saveStateDict(trained, path);
      trained.dispose();
    });
    writeFileSync(join(folder, 'weights.safetensors'), damage ? damagedSafetensors(bytes, damage) : bytes);
  },
  read: (folder) => {
    const { tensors } = readSafetensors(join(folder, 'weights.safetensors'));
    const said = say(tensors);
    tf.dispose([...tensors.values()]);
    return said;
  },
  says: safetensorsSays,
};

/** A file of PyTorch's own; its entries have checksums, except in those `unchecked`. */
function pth(name: string): Subject {
  const bytes = readFileSync(join(PROJECT, 'test/fixtures/io', name));
  return {
    write: (folder, damage) => {
      const copy = Buffer.from(bytes);
      writeFileSync(join(folder, 'weights.pth'), damage ? damage.bytes(copy) : copy);
    },
    read: async (folder) => {
      const tensors = await readStateDict(join(folder, 'weights.pth'));
      const said = say(tensors);
      tf.dispose([...tensors.values()]);
      return said;
    },
    ...(/unchecked|legacy/.test(name) && { says: () => undefined }),
  };
}

/** A run that takes a step, or one into which a checkpoint is loaded. */
function training(seed: number): { model: nn.Sequential; optimizer: Adam; said: () => string } {
  const model = network(seed);
  const optimizer = new Adam(model.namedParameters());
  tf.dispose(optimizer.minimize(() => tf.mean(tf.square(model.forward(input())))));
  const said = (): string => {
    const { state, paramGroups } = optimizer.stateDict();
    const slots = Object.entries(state).flatMap(([name, { step, tensors }]) =>
      Object.entries(tensors).map(([slot, tensor]) => [`${name} ${step} ${slot}`, tensor] as const),
    );
    return `${say(model.stateDict())}\n${say(slots)}\n${JSON.stringify(paramGroups)}`;
  };
  return { model, optimizer, said };
}

const checkpoint: Subject = {
  write: (folder, damage) => {
    const bytes = bytesOf(folder, 'checkpoint.safetensors', (path) => {
      const { model, optimizer } = training(1);
      saveCheckpoint(path, { model, optimizer, epoch: 3, bestMetric: 0.5, history: [{ loss: 1 }] });
      optimizer.dispose();
      model.dispose();
    });
    writeFileSync(join(folder, 'checkpoint.safetensors'), damage ? damagedSafetensors(bytes, damage) : bytes);
  },
  read: (folder) => {
    const { model, optimizer, said } = training(2);
    const before = said();
    try {
      const { epoch, history } = loadCheckpoint(join(folder, 'checkpoint.safetensors'), { model, optimizer });
      return `${said()}\n${epoch ?? ''} ${JSON.stringify(history)}`;
    } catch (error) {
      assert.equal(said(), before, `half loaded: ${String(error)}`);
      throw error;
    } finally {
      optimizer.dispose();
      model.dispose();
    }
  },
  says: () => undefined,
};

/** A text in a chart: all that is drawn is right, nothing is refused. */
const chart: Subject = {
  write: (folder, damage) => {
    const odd = damage
      ? damage.bytes(Buffer.from(`${damage.pick(ODD)} title`, 'utf16le'))
      : Buffer.from('title');
    writeFileSync(join(folder, 'title'), odd);
  },
  read: (folder) => {
    const text = readFileSync(join(folder, 'title')).toString('utf16le');
    const draws = Object.values(CHARTS);
    const draw = draws[text.length % draws.length];
    if (draw) tf.tidy(() => assertDrawn(draw, text));
    return 'drawn';
  },
};

/** Subjects by name; graphs and checkpoints more than once: they are taken in turn. */
export function subjects(): readonly (readonly [name: string, subject: Subject])[] {
  const [graph, ...variables] = SAVED;
  const changed = { says: () => undefined };
  const model = savedModel([graph], (bytes, damage) => damage.message(bytes));
  const blind = savedModel([graph], (bytes, damage) => damage.bytes(bytes));
  const weights = savedModel(variables, (bytes, damage) => damage.bytes(bytes));
  return [
    ['SavedModel, a field of its graph', { ...model, ...changed }],
    ['checkpoint', checkpoint],
    ['SavedModel, bytes of its graph', { ...blind, ...changed }],
    ['title of a chart', chart],
    ['SavedModel, its variables', weights],
    ['.pth', pth('network.pth')],
    ['SavedModel, a field of its graph', { ...model, ...changed }],
    ['safetensors', safetensors],
    ['checkpoint', checkpoint],
    ['.pth without checksums', pth('views_unchecked.pth')],
  ];
}
