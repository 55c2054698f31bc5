/**
 * TensorFlow's refusals of an operation's inputs in our words: what was expected, what it got. Message texts: TensorFlow 2.21,
 * and the plain-JavaScript backend where it looks for places.
 */

type Sentence = (found: readonly string[], what: string) => Error;

/** `[2,3]` as it is written everywhere else. */
const list = (text = ''): string => text.replace(/\s*,\s*/g, ', ');
const last = (count = '0'): number => Number(count) - 1;

const type = (message: string): Error => new TypeError(message);
const range = (message: string): Error => new RangeError(message);

const RULES: readonly (readonly [RegExp, Sentence])[] = [
  [
    /Incompatible shapes: (\[[\d,]*\]) vs\. (\[[\d,]*\])/,
    ([a, b], what) =>
      type(
        `Cannot ${what}: expected shapes whose sizes, counted from the last, are equal or 1, got ${list(a)} and ${list(b)}`,
      ),
  ],
  [
    /(?:indices\[[\d, ]*\] = |the index value )(-?\d+) is not in \[0, (\d+)([)\]])/,
    ([place, count, end], what) =>
      range(`Cannot ${what}: expected places from 0 to ${end === ')' ? last(count) : count}, got ${place}`),
  ],
  [
    /(?:indices\[[\d, ]*\] = \[([\d, -]*)\]|Invalid indices: ([\d,-]+)) does not index into (?:param )?(?:shape )?\[?([\d,]*)\]?/,
    ([native, plain, shape], what) =>
      range(`Cannot ${what}: expected places within [${list(shape)}], got [${list(native ?? plain)}]`),
  ],
  [
    /segment_ids\[[\d, ]*\] = (-?\d+) is out of range \[0, (\d+)\)/,
    ([place, count], what) =>
      range(`Cannot ${what}: expected segments from 0 to ${last(count)}, got ${place}`),
  ],
  [
    /label value of (-?\d+) which is outside the valid range of \[0, (\d+)\)/,
    ([label, count], what) =>
      range(`Cannot ${what}: expected classes from 0 to ${last(count)}, got ${label}`),
  ],
  [
    /Integer division by zero/,
    (_, what) =>
      range(
        `Cannot ${what}: expected divisors of whole numbers other than 0, got 0; x.float() divides to infinity`,
      ),
  ],
  [
    /(?:Matrix size-incompatible: )?In\[0\](?: mismatch In\[1\] shape)?: (\[[\d,]*\])?.*?In\[1\]: (\[[\d,]*\])/,
    ([a, b], what) =>
      type(
        `Cannot ${what}: expected the last size of the first to equal the second last of the second, got ${list(a)} and ${list(b)}`,
      ),
  ],
  [
    /ConcatOp : .*shape\[0\] = (\[[\d,]*\]) vs\. shape\[\d+\] = (\[[\d,]*\])/,
    ([a, b], what) =>
      type(
        `Cannot ${what}: expected tensors of one shape but for one dimension, got ${list(a)} and ${list(b)}`,
      ),
  ],
  [
    /Input to reshape is a tensor with (\d+) values, but the requested shape has (\d+)/,
    ([own, asked], what) => range(`Cannot ${what}: expected sizes of ${own} elements, got sizes of ${asked}`),
  ],
  [
    /was expected to be a (\w+) tensor but is a (\w+) tensor/,
    ([expected, got], what) =>
      type(
        `Cannot ${what}: expected tensors of one type, got ${expected} and ${got}; x.to(dtype) changes one`,
      ),
  ],
  [
    /Expected (begin|size)\[(\d+)\] in \[0, (\d+)\], but got (-?\d+)/,
    ([which, axis, most, got], what) =>
      range(`Cannot ${what}: expected ${which} of dimension ${axis} from 0 to ${most}, got ${got}`),
  ],
];

/** Verbs for TensorFlow's names; the others are named as they are. */
const VERBS: Readonly<Record<string, string>> = {
  AddV2: 'add', Sub: 'subtract', Mul: 'multiply', RealDiv: 'divide', FloorDiv: 'divide', FloorMod: 'take the remainder',
  GatherV2: 'take elements by their places', GatherNd: 'take elements by their places', ScatterNd: 'put elements to places',
  TensorScatterUpdate: 'put elements to places', BatchMatMulV2: 'multiply matrices', BatchMatMul: 'multiply matrices', MatMul: 'multiply matrices',
  ConcatV2: 'join tensors', Reshape: 'reshape', Slice: 'slice', UnsortedSegmentSum: 'sum segments',
  SparseSoftmaxCrossEntropyWithLogits: 'compute cross-entropy',
}; // prettier-ignore

/** An error that is not about the device in our words; undefined for one that does not come from TensorFlow. */
export function refusalOf(error: Error, op: string | undefined): Error | undefined {
  const { message } = error;
  const native = /^Invalid TF_Status|^Session fail to run/.test(message);
  for (const [pattern, sentence] of RULES) {
    const found = pattern.exec(message);
    if (found && (native || op !== undefined)) return caused(sentence(found.slice(1), verb(op)), error);
  }
  if (!native) return undefined;
  const detail = message.replace(/^Invalid TF_Status: \d+\s*Message: |^Session fail to run with error: /, '');
  const general = `Cannot ${verb(op)}: TensorFlow refuses the shapes, types or values it got\nTensorFlow: ${detail}`;
  return caused(new Error(general), error);
}

const verb = (op: string | undefined): string =>
  op === undefined ? 'run the recorded operations' : (VERBS[op] ?? `compute ${op.replace(/V\d$/, '')}`);

function caused(error: Error, cause: Error): Error {
  return Object.assign(error, { cause });
}
