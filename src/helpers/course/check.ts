/**
 * Self-checks for the exercises: each says whether an answer is exact, close or wrong, and where; a wrong one throws,
 * so that a notebook run without a reader fails too. Messages are in Chinese: readers meet them in their notebooks.
 */
import { say } from '../../../bin/bootstrap/language';
import * as tf from '../../engine/tf';

/** What an exercise may come to: a tensor, a number, or numbers in lists of any depth. */
export type Answer = tf.Tensor | number | ArrayLike<number> | readonly Answer[];

interface Values {
  readonly data: number[];
  readonly shape: number[];
}

/** Flattens an answer and finds its shape. */
function read(answer: Answer, name: string): Values {
  if (answer instanceof tf.Tensor) return { data: Array.from(answer.dataSync()), shape: [...answer.shape] };
  if (typeof answer === 'number') return { data: [answer], shape: [] };
  if (ArrayBuffer.isView(answer)) {
    const data = Array.from(answer as unknown as ArrayLike<number>);
    return { data, shape: [data.length] };
  }
  if (!Array.isArray(answer))
    throw new TypeError(
      say({
        zh: `✗ ${name}：应当是张量、数或数组，得到 ${typeof answer}`,
        en: `✗ ${name}: expected a tensor, a number or an array, got ${typeof answer}`,
      }),
    );
  const parts = (answer as readonly Answer[]).map((part) => read(part, name));
  const inner = parts[0]?.shape ?? [];
  if (parts.some(({ shape }) => shape.join() !== inner.join())) {
    throw new TypeError(
      say({
        zh: `✗ ${name}：嵌套数组的各行长度不一`,
        en: `✗ ${name}: the rows of the nested array differ in length`,
      }),
    );
  }
  return { data: parts.flatMap(({ data }) => data), shape: [parts.length, ...inner] };
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Position of a flat index, as the user would write it: `[1, 2]`. */
function position(index: number, shape: readonly number[]): string {
  let rest = index;
  const place = shape.map((_, axis) => {
    const size = tf.util.sizeFromShape(shape.slice(axis + 1));
    const at = Math.floor(rest / size);
    rest %= size;
    return at;
  });
  return place.length === 0 ? '' : shapeText(place);
}

const digits = (x: number): string => String(Number(x.toPrecision(6)));

/** Wrong by so much: equal infinities are equal, NaN equals nothing but NaN. */
function distance(mine: number, reference: number): number {
  if (Object.is(mine, reference) || mine === reference) return 0;
  const gap = Math.abs(mine - reference);
  return Number.isNaN(gap) ? Infinity : gap;
}

function wrongShape(name: string, mine: readonly number[], expected: readonly number[]): never {
  const turned = mine.length === expected.length && [...mine].reverse().join() === expected.join();
  const hint = turned ? say({ zh: '，是不是少了一次转置？', en: '; is a transpose missing?' }) : '';
  throw new RangeError(
    say({
      zh: `✗ ${name}：形状应为 ${shapeText(expected)}，得到 ${shapeText(mine)}${hint}`,
      en: `✗ ${name}: expected shape ${shapeText(expected)}, got ${shapeText(mine)}${hint}`,
    }),
  );
}

function close(name: string, mine: Answer, reference: Answer, tolerance = 1e-5): void {
  const [own, theirs] = [
    read(mine, name),
    read(reference, say({ zh: `${name} 的参考值`, en: `the reference of ${name}` })),
  ];
  if (own.shape.join() !== theirs.shape.join()) wrongShape(name, own.shape, theirs.shape);
  const gaps = own.data.map((value, i) => distance(value, theirs.data[i] ?? NaN));
  const worst = gaps.reduce((best, gap, i) => (gap > (gaps[best] ?? 0) ? i : best), 0);
  const gap = gaps[worst] ?? 0;
  const count = say({ zh: `${own.data.length} 个数`, en: `${own.data.length} numbers` });
  if (gap === 0)
    return console.log(say({ zh: `✓ ${name}：完全一致（${count}）`, en: `✓ ${name}: equal (${count})` }));
  if (gap <= tolerance) {
    return console.log(
      say({
        zh: `✓ ${name}：接近，max|Δ| = ${gap.toExponential(1)}（容差 ${tolerance}，${count}）`,
        en: `✓ ${name}: close, max|Δ| = ${gap.toExponential(1)} (tolerance ${tolerance}, ${count})`,
      }),
    );
  }
  const wrong = gaps.filter((one) => one > tolerance).length;
  throw new RangeError(
    say({
      zh:
        `✗ ${name}：${count}里有 ${wrong} 个不对，差得最多的在 ${position(worst, own.shape) || '这个数'}：` +
        `得到 ${digits(own.data[worst] ?? NaN)}，应为 ${digits(theirs.data[worst] ?? NaN)}（max|Δ| = ${digits(gap)}，容差 ${tolerance}）`,
      en:
        `✗ ${name}: ${wrong} of ${count} are wrong, most at ${position(worst, own.shape) || 'this number'}: ` +
        `got ${digits(own.data[worst] ?? NaN)}, expected ${digits(theirs.data[worst] ?? NaN)} (max|Δ| = ${digits(gap)}, tolerance ${tolerance})`,
    }),
  );
}

function shape(name: string, mine: tf.Tensor | Answer, expected: readonly number[]): void {
  const own = mine instanceof tf.Tensor ? mine.shape : read(mine, name).shape;
  if (own.join() !== expected.join()) wrongShape(name, own, expected);
  console.log(
    say({
      zh: `✓ ${name}：形状 ${shapeText(expected)} 正确`,
      en: `✓ ${name}: shape ${shapeText(expected)}, right`,
    }),
  );
}

function count(name: string, mine: number, expected: number): void {
  const [own, right] = [mine.toLocaleString('en'), expected.toLocaleString('en')];
  if (mine !== expected) {
    const gap = mine - expected;
    throw new RangeError(
      say({
        zh: `✗ ${name}：应为 ${right}，得到 ${own}（${gap > 0 ? '多' : '少'} ${Math.abs(gap).toLocaleString('en')}）`,
        en: `✗ ${name}: expected ${right}, got ${own} (${Math.abs(gap).toLocaleString('en')} too ${gap > 0 ? 'many' : 'few'})`,
      }),
    );
  }
  console.log(say({ zh: `✓ ${name}：${own}，正确`, en: `✓ ${name}: ${own}, right` }));
}

/**
 * Checks of an exercise.
 * @example
 * check.close('logits', ours, pytorch); // ✓ logits：接近，max|Δ| = 2.4e-7（容差 0.00001，640 个数）
 */
export const check = {
  /** Compares values with a reference; `tolerance` is the largest absolute difference allowed. */
  close,
  /** Compares a shape. */
  shape,
  /** Compares a whole number, such as a count of parameters. */
  count,
};
