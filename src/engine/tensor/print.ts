/**
 * Tensors as text, as PyTorch prints them: four digits, one format for all elements, dots for the middle of long ones.
 * After `torch/_tensor_str.py`, https://github.com/pytorch/pytorch/blob/main/torch/_tensor_str.py.
 */
import { isLeaf, requiresGrad } from '../autograd';
import { edgeOf } from '../autograd/tapenode';
import * as tf from '../tfjs';

const PRECISION = 4;
/** From so many elements on, only those at the edges are shown. */
const THRESHOLD = 1000;
const EDGE = 3;
const LINE_WIDTH = 80;
const PREFIX = 'tensor(';

/** 1.2346e-05, with two digits of the exponent at least. */
function scientific(value: number): string {
  return value.toExponential(PRECISION).replace(/e([+-])(\d)$/, 'e$10$2');
}

const plainName = (value: number): string | undefined => {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? undefined : value > 0 ? 'inf' : '-inf';
};

/** A value with the sign of its zero. */
const fixed = (value: number, digits: number): string =>
  Object.is(value, -0) ? `-${(0).toFixed(digits)}` : value.toFixed(digits);

/** How all elements of a tensor are written: by what its finite elements need. */
function formatOf(values: readonly number[], dtype: tf.DataType): (value: number) => string {
  if (dtype === 'bool') return padded(values, (value) => (value === 1 ? 'True' : 'False'));
  if (dtype !== 'float32') return padded(values, String);
  const deciding = values.filter((value) => Number.isFinite(value) && value !== 0);
  const sizes = deciding.map(Math.abs);
  const [smallest, largest] = [Math.min(...sizes), Math.max(...sizes)];
  const whole = sizes.every(Number.isInteger);
  const wide =
    sizes.length > 0 && (largest / smallest > 1000 || largest > 1e8 || (!whole && smallest < 1e-4));
  if (wide) return padded(deciding, (value) => plainName(value) ?? scientific(value));
  return whole
    ? padded(deciding, (value) => plainName(value) ?? `${fixed(value, 0)}.`)
    : padded(deciding, (value) => plainName(value) ?? fixed(value, PRECISION));
}

/** Texts as wide as the widest of the deciding values, which are the finite ones other than zero where there are such. */
function padded(deciding: readonly number[], text: (value: number) => string): (value: number) => string {
  const width = Math.max(1, ...deciding.map((value) => text(value).length));
  return (value) => text(value).padStart(width);
}

/** The positions of a dimension that are shown; -1 stands for dots. */
function shown(size: number, summarize: boolean): number[] {
  const all = Array.from({ length: size }, (_, i) => i);
  return summarize && size > 2 * EDGE ? [...all.slice(0, EDGE), -1, ...all.slice(-EDGE)] : all;
}

class Printer {
  private readonly summarize: boolean;
  private readonly format: (value: number) => string;
  private readonly width: number;

  constructor(
    private readonly values: ArrayLike<number>,
    private readonly shape: readonly number[],
    dtype: tf.DataType,
  ) {
    this.summarize = values.length > THRESHOLD;
    const visible = this.visible(0, 0);
    this.format = formatOf(visible, dtype);
    this.width = Math.max(...visible.slice(0, 1).map((value) => this.format(value).length), 1);
  }

  text(depth = 0, offset = 0, indent = PREFIX.length): string {
    const size = this.shape[depth];
    if (size === undefined) return this.format(this.values[offset] ?? NaN);
    const parts = shown(size, this.summarize).map((i) => {
      if (i < 0) return depth === this.shape.length - 1 ? ' ...' : '...';
      return this.text(depth + 1, offset + i * this.stride(depth), indent + 1);
    });
    const rest = this.shape.length - depth;
    return rest === 1
      ? this.line(parts, indent)
      : `[${parts.join(`,${'\n'.repeat(rest - 1)}${' '.repeat(indent + 1)}`)}]`;
  }

  /** The numbers of one row, broken where the line is full. */
  private line(parts: readonly string[], indent: number): string {
    const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent) / (this.width + 2)));
    const lines = Array.from({ length: Math.ceil(parts.length / perLine) }, (_, i) =>
      parts.slice(i * perLine, (i + 1) * perLine).join(', '),
    );
    return `[${lines.join(`,\n${' '.repeat(indent + 1)}`)}]`;
  }

  private stride(depth: number): number {
    return this.shape.slice(depth + 1).reduce((product, size) => product * size, 1);
  }

  private visible(depth: number, offset: number): number[] {
    const size = this.shape[depth];
    if (size === undefined) return [this.values[offset] ?? NaN];
    return shown(size, this.summarize)
      .filter((i) => i >= 0)
      .flatMap((i) => this.visible(depth + 1, offset + i * this.stride(depth)));
  }
}

/** What follows the numbers: what they do not show. */
function remarks(tensor: tf.Tensor): string[] {
  const empty = tensor.size === 0 && tensor.rank !== 1 ? [`size=[${tensor.shape.join(', ')}]`] : [];
  if (!requiresGrad(tensor)) return empty;
  const name = isLeaf(tensor) ? undefined : edgeOf(tensor)?.node.name;
  return [...empty, name === undefined ? 'requiresGrad=true' : `gradFn=<${name}>`];
}

/** `tensor([[1., 2.], [3., 4.]])`. */
export function tensorText(tensor: tf.Tensor): string {
  const values = tensor.dataSync();
  let text = PREFIX + (tensor.size === 0 ? '[]' : new Printer(values, tensor.shape, tensor.dtype).text());
  let last = text.length - text.lastIndexOf('\n') + 1;
  for (const remark of remarks(tensor)) {
    if (last + remark.length + 2 > LINE_WIDTH) {
      text += `,\n${' '.repeat(PREFIX.length)}${remark}`;
      last = PREFIX.length + remark.length;
    } else {
      text += `, ${remark}`;
      last += remark.length + 2;
    }
  }
  return `${text})`;
}

/** Whether values can be shown as numbers. */
const isNumeric = ({ dtype }: tf.Tensor): boolean =>
  dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

const asTfjs: (this: tf.Tensor, verbose?: boolean) => string = Reflect.get(tf.Tensor.prototype, 'toString');

/** Of `this`: a tensor; what cannot be shown any more says why. */
export const printMethods = {
  toString(this: tf.Tensor, verbose = false): string {
    if (this.isDisposed) return `tensor(freed, size=[${this.shape.join(', ')}])`;
    return verbose || !isNumeric(this) ? asTfjs.call(this, verbose) : tensorText(this);
  },
  throwIfDisposed(this: tf.Tensor): void {
    if (!this.isDisposed) return;
    throw new Error(
      `Cannot use a tensor [${this.shape.join(', ')}] that was freed, by dispose() or at the end of the tidy() it was made in; ` +
        'return it from there, or take its value before (x.item(), x.tolist()); without tidy and dispose nothing is freed that is in use',
    );
  },
  [Symbol.for('nodejs.util.inspect.custom')](this: tf.Tensor): string {
    return this.toString();
  },
};
