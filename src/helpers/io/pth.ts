/**
 * `.pth` files of PyTorch, read without Python: the zip form (since 1.6) and the older stream of pickles. Files are
 * treated as hostile: nothing in them is run, and what they claim is checked before memory is spent on it.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';

import * as tf from '../../engine/tf';
import { readAt } from '../files/file';
import { excerpt, malformed } from './claims';
import { type Container, type Fail, openLegacy, openZip } from './containers';
import { byteLength, bytesPerElement, RawTensor, toTensor } from './dtypes';
import { denseOf, dequantized, finished } from './forms';
import { PthSparse, PthTensor, Storage } from './rebuild';
import { gather } from './strided';
import { type AnyTensor, places, tensorsOf, valueAt } from './tree';

const ZIP_SIGNATURE = 0x504b0304;
const ADVICE = 'in PyTorch, torch.save(model.state_dict(), path) writes what can be read here';

/** A `.pth` file held open, its tensors read when asked for. Close it, or declare it with `using`. */
export class PthFile {
  private last?: { readonly key: string; readonly bytes: Uint8Array };

  private constructor(
    readonly path: string,
    private file: number | undefined,
    private readonly size: number,
    private readonly container: Container,
  ) {}

  /** @throws SyntaxError if the file is not well-formed or needs more than a state dict does */
  static async open(path: string): Promise<PthFile> {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const fail: Fail = (expected, actual) => malformed('.pth', path, expected, actual, ADVICE);
      const zip = isZip(readAt(file, 0, 4));
      const container = zip ? await openZip(file, size, fail) : openLegacy(file, size, fail);
      return new PthFile(path, file, size, container);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /**
   * What was saved: Maps for dicts, arrays for lists and tuples, Sets, tensors, numbers, texts, bytes; a PyObject for an
   * object of any other class, which is not made.
   */
  get value(): unknown {
    return this.container.value;
  }

  /**
   * The tensors of the state dict that was saved, by name; what lies beside them is left out. Of a whole module that was
   * saved, in TorchScript too, its parameters and buffers.
   * @param key where the file holds more than the state dict: the path to it, such as 'state_dict' or 'model.ema'
   * @throws TypeError if there are no tensors by name, RangeError if there is no such key or if the tensors repeat the
   *   file's bytes too often
   */
  stateDict(key?: string): Map<string, AnyTensor> {
    const value = key === undefined ? this.value : valueAt(this.value, key, this.path);
    const tensors = tensorsOf(value);
    if (tensors.size === 0) {
      const keys = value instanceof Map ? [...value.keys()].slice(0, 8).map(excerpt).join(', ') : '';
      const actual = value instanceof Map ? `a dict with ${keys || 'nothing'}` : excerpt(value);
      throw new TypeError(
        `Cannot read state dict of "${this.path}": expected tensors by name, got ${actual}; ` +
          `name the key under which the state dict lies${places(this.value)}`,
      );
    }
    this.checkTotal(new Map([...tensors.values()].map((tensor) => [identityOf(tensor), tensor])));
    return tensors;
  }

  /**
   * A tensor's numbers in row-major order: of a quantized one the integers, of a sparse one zeros too.
   * @throws RangeError for a sparse tensor that would take too much memory
   */
  raw(tensor: AnyTensor): RawTensor {
    if (tensor instanceof PthSparse) return denseOf(tensor, (part) => this.raw(part));
    const { storage, offset, shape, stride, dtype, traits } = tensor;
    const bytes = gather(this.storage(storage), bytesPerElement(dtype), { offset, shape, stride });
    return finished({ dtype, shape, bytes }, traits, this.container.bigEndian);
  }

  /** One tensor, a quantized one as the numbers it stands for; the caller disposes it. */
  tensor(tensor: AnyTensor): tf.Tensor {
    const quantizer = tensor instanceof PthTensor ? tensor.traits.quantizer : undefined;
    const made = toTensor(this.raw(tensor));
    return quantizer ? dequantized(made, quantizer, (part) => toTensor(this.raw(part))) : made;
  }

  /** Closes the file; what was read stays. */
  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.last = undefined;
  }

  /** `using file = await PthFile.open(path)` closes it at the end of the block. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Keeps the storage read last: tensors that share one mostly follow each other. */
  private storage({ key, dtype, start, length }: Storage): Uint8Array {
    if (this.file === undefined) {
      throw new Error(`Cannot read from "${this.path}": expected an open file, got a closed one`);
    }
    if (this.last?.key !== key) this.last = { key, bytes: this.container.storage(key) };
    const width = bytesPerElement(dtype);
    return this.last.bytes.subarray(start * width, (start + length) * width);
  }

  private checkTotal(tensors: ReadonlyMap<string, AnyTensor>): void {
    const sizes = [...tensors.values()].map(({ dtype, shape }) => byteLength(dtype, shape));
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const most = 2 * Math.max(this.size, this.container.bytes) + 64 * 1024 * 1024;
    if (total <= most) return;
    throw new RangeError(
      `Cannot read state dict of "${this.path}": expected at most ${most} bytes of tensors, got ${total}; ` +
        'many tensors share the same storage, read them one by one',
    );
  }
}

/** The same text for tensors that are the same numbers, such as tied weights. */
export function identityOf(tensor: AnyTensor): string {
  if (tensor instanceof PthSparse) return [tensor.values, ...tensor.indices].map(identityOf).join('|');
  const { storage, offset, shape, stride, dtype, traits } = tensor;
  const bits = `${traits.conjugated ?? false}${traits.negated ?? false}`;
  return `${storage.key}+${storage.start}+${offset}:${shape.join('x')}:${stride.join('x')}:${dtype}:${bits}`;
}

/** Whether a file begins as a `.pth` does, in its zip form or its older one. */
export function looksLikePth(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const head = readAt(file, 0, 4);
    const [a, b, c] = head;
    // A pickle: its protocol, then a long integer, from protocol 4 on inside a frame. As the length of a safetensors
    // header these bytes would mean more than such a header may have.
    return isZip(head) || (a === 0x80 && [2, 3, 4, 5].includes(b ?? 0) && [0x8a, 0x95].includes(c ?? 0));
  } finally {
    closeSync(file);
  }
}

function isZip(head: Uint8Array): boolean {
  return head.length === 4 && Buffer.from(head).readUInt32BE() === ZIP_SIGNATURE;
}
