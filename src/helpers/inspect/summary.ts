/** What a network is made of, layer by layer, as torchinfo lists it (https://github.com/TylerYep/torchinfo). */
import { inferenceMode } from '../../engine/autograd';
import * as tf from '../../engine/tf';
import { Embedding } from '../../nn/embedding';
import { withMode } from '../../nn/mode';
import type { Module } from '../../nn/module';
import { isBuffer } from '../../nn/parameter';
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from '../../nn/spatial';
import { forward } from '../train/batches';
import { type Call as Seen, firstTensor, withHooks } from './hooks';

/** A call and the shape of the first tensor that came out. */
interface Call extends Seen {
  readonly output: readonly number[];
}

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
  /** Whether no other call was inside of this one. */
  readonly leaf: boolean;
  /** Multiplications with a weight, each with its addition. */
  readonly multiplyAdds: number;
}

/** How a model is called, so that the shapes can be seen. */
export interface SummaryOptions {
  /** Type of the zeros that go in where a shape is given; `int32` for token ids. */
  readonly dtype?: 'float32' | 'int32';
}

/**
 * Runs a model once on an example, in evaluation mode, and lists what happened; the model stays as it was.
 *
 * Multiply-adds are torchinfo's: a layer's parameters times the places at which they are applied (a convolution's
 * output pixels; rows; for normalisation the batch). Unlike torchinfo, a linear layer over sequences counts every
 * step, a transposed convolution its input pixels, and an embedding, which multiplies nothing, zero. The products of
 * queries, keys and values inside attention are not counted, as there.
 * @param input tensors, or the shape of one of zeros, with the batch: `[64, 28, 28, 1]`
 * @example
 * console.log(String(summary(new CNN(), [64, 28, 28, 1])));
 * show(summaryTable(summary(model, [image]).layers));
 */
export function summary(
  model: Module,
  input: readonly number[] | readonly tf.Tensor[],
  { dtype = 'float32' }: SummaryOptions = {},
): Summary {
  const calls: Call[] = [];
  const note = (call: Seen, output: unknown) => {
    calls[call.order] = { ...call, output: firstTensor(output)?.shape ?? [] };
  };
  const given = input.filter((part) => part instanceof tf.Tensor);
  const shapes = given.length > 0 ? given.map(({ shape }) => shape) : [input as number[]];
  const run = () =>
    inferenceMode(() => void forward(model, given.length > 0 ? given : [tf.zeros(input as [number], dtype)]));
  withMode(model, 'eval', () => withHooks(model, note, run));
  return new Summary(layersOf(calls), shapes, model.parameters());
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
    inputShapes: readonly (readonly number[])[],
    parameters: readonly tf.Variable[],
  ) {
    const megabytes = (count: number) => (count * 4) / 1e6;
    this.parameters = sum(parameters.map(({ size }) => size));
    this.trainable = sum(parameters.filter(({ trainable }) => trainable).map(({ size }) => size));
    this.multiplyAdds = sum(layers.map(({ multiplyAdds }) => multiplyAdds));
    this.inputMB = megabytes(sum(inputShapes.map(sizeOf)));
    const weighted = layers.filter((layer) => layer.parameters > 0);
    this.activationsMB = megabytes(2 * sum(weighted.map(({ outputShape }) => sizeOf(outputShape))));
    this.parametersMB = megabytes(this.parameters);
  }

  /** The layers as an aligned table, with the sums below. */
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
  return calls.map((call, i) => {
    const { module, path, depth, output: outputShape } = call;
    const leaf = (calls[i + 1]?.depth ?? 0) <= depth;
    const own = ownParameters(module);
    const index = (counted[depth] = (counted[depth] ?? 0) + 1);
    const repeated = seen.has(module);
    seen.add(module);
    const parameters = sum(own.map(({ size }) => size));
    const trainable = sum(own.filter((p) => p.trainable).map(({ size }) => size));
    const multiplyAdds = parameters * places(call, own);
    const type = module.typeName();
    return { type, path, depth, index, outputShape, parameters, trainable, repeated, leaf, multiplyAdds };
  });
}

const TRANSPOSED = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d];

/** How many times a layer's parameters are applied. */
function places({ module, input, output }: Call, own: readonly tf.Variable[]): number {
  if (module instanceof Embedding) return 0;
  if (TRANSPOSED.some((kind) => module instanceof kind)) return sizeOf(input) / (input.at(-1) ?? 1);
  const matrices = own.some((p) => p.rank >= 2);
  return matrices ? sizeOf(output) / (output.at(-1) ?? 1) : (output[0] ?? 1);
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

const sizeOf = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);

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
