/** Tensors as PyTorch prints them. The kernel knows a tensor by its shape, not by its class: it imports no engine. */

/** What a TensorFlow.js tensor offers. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed?: boolean;
  dataSync(): ArrayLike<number | string | boolean>;
}

const PRECISION = 4;
const THRESHOLD = 1000;
const EDGE = 3;
const LINE_WIDTH = 80;

/** Whether it is a tensor, of whatever copy of TensorFlow.js. */
export function isTensor(value: unknown): value is TensorLike {
  if (typeof value !== 'object' || value === null) return false;
  const tensor = value as Partial<TensorLike> & { dataId?: unknown };
  return (
    Array.isArray(tensor.shape) && typeof tensor.dtype === 'string' && typeof tensor.dataSync === 'function'
  );
}

/** `tensor([[1., 2.]], shape=[1, 2])` with PyTorch's digits, line breaks and summary. */
export function formatTensor(tensor: TensorLike): string {
  const facts = `shape=[${tensor.shape.join(', ')}], dtype=${tensor.dtype}${deviceText()}`;
  if (isGone(tensor)) return `tensor(<disposed>, ${facts})`;
  const data = tensor.dataSync();
  const summarize = data.length > THRESHOLD;
  const format = formatter(shown(data, tensor.shape, summarize), tensor.dtype);
  const body = rows(data, tensor.shape, 0, 0, summarize, format);
  return `tensor(${body}, ${facts})`;
}

/** Where tensors live, once the engine has said it (its device object lies under this symbol). */
function deviceText(): string {
  const device = (globalThis as Record<symbol, unknown>)[Symbol.for('tsdl.device')] as
    { kind?: string } | undefined;
  return device?.kind === undefined ? '' : `, device=${device.kind}`;
}

/** A variable counts as disposed when its value is. */
function isGone(tensor: TensorLike): boolean {
  return tensor.isDisposed === true;
}

type Value = number | string | boolean;
type Format = (value: Value) => string;

/** The values that will be printed; the width of the columns follows from them alone. */
function shown(data: ArrayLike<Value>, shape: readonly number[], summarize: boolean): Value[] {
  if (!summarize) return Array.from(data);
  const found: Value[] = [];
  const visit = (dimension: number, offset: number, size: number): void => {
    const length = shape[dimension];
    if (length === undefined) {
      found.push(data[offset] as Value);
      return;
    }
    const step = size / length;
    for (const at of edges(length)) if (at !== undefined) visit(dimension + 1, offset + at * step, step);
  };
  visit(0, 0, data.length);
  return found;
}

/** Indices to print; undefined stands for the dots. */
function edges(length: number): (number | undefined)[] {
  const all = Array.from({ length }, (_, at) => at);
  return length <= 2 * EDGE ? all : [...all.slice(0, EDGE), undefined, ...all.slice(-EDGE)];
}

function rows(
  data: ArrayLike<Value>,
  shape: readonly number[],
  dimension: number,
  offset: number,
  summarize: boolean,
  format: Format,
): string {
  const length = shape[dimension];
  if (length === undefined) return format(data[offset] as Value);
  const size = shape.slice(dimension + 1).reduce((product, each) => product * each, 1);
  const indices = summarize ? edges(length) : Array.from({ length }, (_, at) => at);
  const isRow = dimension === shape.length - 1;
  const parts = indices.map((at) => {
    if (at === undefined) return isRow ? ' ...' : '...';
    return rows(data, shape, dimension + 1, offset + at * size, summarize, format);
  });
  const indent = 'tensor('.length + dimension;
  const next = `\n${' '.repeat(indent + 1)}`;
  if (isRow) return `[${lines(parts, LINE_WIDTH - indent).join(`,${next}`)}]`;
  return `[${parts.join(`,${'\n'.repeat(shape.length - 2 - dimension)}${next}`)}]`;
}

/** One row, broken where it would be longer than a line. */
function lines(parts: readonly string[], width: number): string[] {
  const length = Math.max(0, ...parts.filter((part) => part !== ' ...').map((part) => part.length)) + 2;
  const perLine = Math.max(1, Math.floor(width / length));
  const count = Math.ceil(parts.length / perLine);
  return Array.from({ length: count }, (_, at) => parts.slice(at * perLine, (at + 1) * perLine).join(', '));
}

/** PyTorch's choice of notation, one for the whole tensor; zeros and special values have no say in it. */
function formatter(values: readonly Value[], dtype: string): Format {
  if (dtype === 'bool') return padded(values, (value) => (value ? 'True' : 'False'));
  if (dtype === 'string') return (value) => JSON.stringify(value);
  if (dtype === 'int32') return padded(values, String);
  const decisive = (values as number[]).filter((value) => Number.isFinite(value) && value !== 0);
  const [min, max] = extremes(decisive.map(Math.abs));
  const integers = decisive.every(Number.isInteger);
  const isWide = max / min > 1000 || max > 1e8;
  const notation =
    isWide || (!integers && min < 1e-4) ? exponent : integers ? (value: number) => `${value}.` : decimal;
  return padded(decisive, (value) => special(value) ?? notation(Number(value)));
}

function extremes(values: readonly number[]): [min: number, max: number] {
  return values.reduce(([min, max], value) => [Math.min(min, value), Math.max(max, value)], [Infinity, 0]);
}

function special(value: Value): string | undefined {
  if (Number.isNaN(value)) return 'nan';
  return value === Infinity ? 'inf' : value === -Infinity ? '-inf' : undefined;
}

const decimal = (value: number): string => value.toFixed(PRECISION);

/** Two digits in the exponent at least, as Python prints them. */
const exponent = (value: number): string => value.toExponential(PRECISION).replace(/e([+-])(\d)$/, 'e$10$2');

function padded(values: readonly Value[], format: Format): Format {
  const width = values.reduce((widest: number, value) => Math.max(widest, format(value).length), 0);
  return (value) => format(value).padStart(width);
}
