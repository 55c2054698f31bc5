/** A table of a model's layers in the manner of torchinfo (https://github.com/TylerYep/torchinfo). */
import * as tf from '../engine/tf';
import { Conv2d } from './conv';
import { Embedding } from './embedding';
import { withMode } from './mode';
import { Module } from './module';
import { Call, observe } from './observe';
import { isBuffer } from './parameter';
import { ConvTranspose2d } from './transposed';

/** One line of the table: one call of one module. */
export interface LayerSummary {
  /** Class name, such as `Conv2d`. */
  readonly type: string;
  /** Name in the model, such as `layer1.0.conv1`; '' for the model itself. */
  readonly path: string;
  readonly depth: number;
  /** Counts the calls of one depth from 1. */
  readonly index: number;
  readonly outputShape: readonly number[];
  /** Parameters of the module itself, without those of its children. */
  readonly parameters: number;
  /** How many of them are trained. */
  readonly trainable: number;
  /** Whether the module was called before; its parameters count once. */
  readonly repeated: boolean;
  /** Multiplications with a weight, each with its addition. */
  readonly multiplyAdds: number;
}

export interface SummaryOptions {
  /** What goes in; `int32` for word numbers. */
  readonly dtype?: 'float32' | 'int32';
}

/**
 * Runs a model once on zeros, in evaluation mode, and lists what happened; the model stays as it was.
 *
 * Multiply-adds are torchinfo's: a layer's parameters times the places at which they are applied (a convolution's
 * output pixels; rows; for normalisation the batch). Unlike torchinfo, a linear layer over sequences counts every
 * step, a transposed convolution its input pixels, and an embedding, which multiplies nothing, zero. The products of
 * queries, keys and values inside attention are not counted, as there.
 * @param inputShape with the batch, `[64, 28, 28, 1]`
 * @example
 * console.log(String(summary(new CNN(), [64, 28, 28, 1])));
 */
export function summary(
  model: Module,
  inputShape: readonly number[],
  { dtype = 'float32' }: SummaryOptions = {},
): Summary {
  const forward = (x: tf.Tensor) => (model as unknown as { forward(x: tf.Tensor): unknown }).forward(x);
  const run = () => tf.tidy(() => void forward(tf.zeros([...inputShape] as [number], dtype)));
  const calls = withMode(model, 'eval', () => observe(model, run));
  return new Summary(layersOf(calls), inputShape, model.parameters());
}

/** The lines and sums; prints as a table and shows as one in a notebook. */
export class Summary {
  readonly parameters: number;
  readonly trainable: number;
  readonly multiplyAdds: number;
  /** Megabytes (10⁶ bytes) of the input, of the outputs of layers with parameters and their gradients, of the parameters. */
  readonly inputMB: number;
  readonly activationsMB: number;
  readonly parametersMB: number;

  constructor(
    readonly layers: readonly LayerSummary[],
    inputShape: readonly number[],
    parameters: readonly tf.Variable[],
  ) {
    const megabytes = (count: number) => (count * 4) / 1e6;
    this.parameters = sum(parameters.map(({ size }) => size));
    this.trainable = sum(parameters.filter(({ trainable }) => trainable).map(({ size }) => size));
    this.multiplyAdds = sum(layers.map(({ multiplyAdds }) => multiplyAdds));
    this.inputMB = megabytes(product(inputShape));
    const weighted = layers.filter((layer) => layer.parameters > 0);
    this.activationsMB = megabytes(2 * sum(weighted.map(({ outputShape }) => product(outputShape))));
    this.parametersMB = megabytes(this.parameters);
  }

  toString(): string {
    const rows = [HEAD, ...this.layers.map(cells)];
    const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
    const line = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
    const rule = '='.repeat(sum(widths) + 2 * (widths.length - 1));
    const [head, ...body] = rows.map((row) => line(row).trimEnd());
    const [counts, sizes] = this.sums().map((part) => part.map(([name, value]) => `${name}: ${value}`));
    return [rule, head, rule, ...body, rule, ...(counts ?? []), rule, ...(sizes ?? []), rule].join('\n');
  }

  [Symbol.for('Jupyter.display')](): Record<string, string> {
    return { 'text/plain': this.toString(), 'text/html': this.toHtml() };
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  private toHtml(): string {
    const row = (tag: string, row: readonly string[]) =>
      `<tr>${row.map((cell) => `<${tag} style="text-align:left">${escaped(cell)}</${tag}>`).join('')}</tr>`;
    const body = this.layers.map((layer) => row('td', cells(layer)));
    const sums = this.sums().flat();
    const foot = sums.map(([name, value]) => `<tr><td colspan="5">${name}: ${value}</td></tr>`);
    return `<table><thead>${row('th', HEAD)}</thead><tbody>${body.join('')}</tbody><tfoot>${foot.join('')}</tfoot></table>`;
  }

  private sums(): [string, string][][] {
    const total = this.inputMB + this.activationsMB + this.parametersMB;
    return [
      [
        ['Total params', grouped(this.parameters)],
        ['Trainable params', grouped(this.trainable)],
        ['Non-trainable params', grouped(this.parameters - this.trainable)],
        ['Total mult-adds', scaled(this.multiplyAdds)],
      ],
      [
        ['Input size (MB)', this.inputMB.toFixed(2)],
        ['Forward/backward pass size (MB)', this.activationsMB.toFixed(2)],
        ['Params size (MB)', this.parametersMB.toFixed(2)],
        ['Estimated Total Size (MB)', total.toFixed(2)],
      ],
    ];
  }
}

const HEAD = ['Layer (type:depth-idx)', 'Output Shape', 'Param #', 'Mult-Adds', 'Trainable'];

function cells(layer: LayerSummary): string[] {
  const { type, depth, index, outputShape, parameters, trainable, repeated, multiplyAdds } = layer;
  const name = depth === 0 ? type : `${'│    '.repeat(depth - 1)}├─${type}: ${depth}-${index}`;
  const share = trainable === parameters ? 'True' : trainable === 0 ? 'False' : 'Partial';
  return [
    name,
    `[${outputShape.join(', ')}]`,
    parameters === 0 ? '--' : repeated ? '(recursive)' : grouped(parameters),
    multiplyAdds === 0 ? '--' : grouped(multiplyAdds),
    parameters === 0 ? '--' : share,
  ];
}

function layersOf(calls: readonly Call[]): LayerSummary[] {
  const seen = new Set<Module>();
  const counted: number[] = [];
  return calls.map((call) => {
    const { module, path, depth, output } = call;
    const own = ownParameters(module);
    const index = (counted[depth] = (counted[depth] ?? 0) + 1);
    const repeated = seen.has(module);
    seen.add(module);
    const parameters = sum(own.map(({ size }) => size));
    const trainable = sum(own.filter((p) => p.trainable).map(({ size }) => size));
    const multiplyAdds = parameters * places(call, own);
    const type = module.typeName();
    return { type, path, depth, index, outputShape: output, parameters, trainable, repeated, multiplyAdds };
  });
}

/** How many times a layer's parameters are applied. */
function places({ module, input, output }: Call, own: readonly tf.Variable[]): number {
  if (module instanceof Embedding) return 0;
  if (module instanceof ConvTranspose2d) return product(input) / module.inChannels;
  const matrices = module instanceof Conv2d || own.some((p) => p.rank >= 2);
  return matrices ? product(output) / (output.at(-1) ?? 1) : (output[0] ?? 1);
}

function ownParameters(module: Module): tf.Variable[] {
  const variables = Object.values(module).filter(
    (value): value is tf.Variable => value instanceof tf.Variable,
  );
  return variables.filter((variable) => !isBuffer(variable));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, n) => total * n, 1);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** torchinfo's units: thousands, millions, billions. */
function scaled(count: number): string {
  const [unit, name] =
    count >= 1e9 ? [1e9, ' (G)'] : count >= 1e6 ? [1e6, ' (M)'] : count >= 1e3 ? [1e3, ' (k)'] : [1, ''];
  return `${(count / Number(unit)).toFixed(unit === 1 ? 0 : 2)}${name}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll(' ', '&nbsp;');
}
