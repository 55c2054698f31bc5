/**
 * Gradients element by element as PyTorch has them (tools/autograd/derivatives.yaml there): those of TensorFlow.js
 * are wrong at zeros, ends and infinities (|x|, 0⁰, ReLU6 at 6, atan2(0, 0)), leave sizes as they were broadcast (squared
 * difference, PReLU), know no empty tensors, or are missing where they are differentiated again (ELU).
 */
import * as tf from '../tfjs';
import { gradientOfBinary, gradientOfUnary, onlyWhere, replaceGradient, type Sides } from './register';

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const zero: Sides['a'] = (dy) => tf.zerosLike(dy);

/** As PyTorch's `sign`: 0 where x is not a number. */
export const signOf = (x: tf.Tensor): tf.Tensor => tf.where(tf.isNaN(x), tf.zeros([]), tf.sign(x));

/** 1 / (a² + b²), 0 where both are 0. */
function inverseSquares(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const squares = tf.add(tf.square(a), tf.square(b));
  return tf.where(tf.equal(squares, 0), tf.zeros([]), tf.reciprocal(squares));
}

/** The larger or smaller of two: all to what was chosen, half each where they are equal, all to both of NaN. */
const chosen = (loses: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Sides => {
  const share = (dy: tf.Tensor, own: tf.Tensor, other: tf.Tensor): tf.Tensor => {
    const part = tf.where(tf.equal(own, other), tf.scalar(0.5), tf.scalar(1));
    return tf.mul(dy, tf.where(loses(own, other), tf.zeros([]), part));
  };
  return { a: (dy, a, b) => share(dy, a, b), b: (dy, a, b) => share(dy, b, a) };
};

const BINARY: Readonly<Record<string, Sides>> = {
  Add: { a: (dy) => dy, b: (dy) => dy },
  Sub: { a: (dy) => dy, b: (dy) => tf.neg(dy) },
  Multiply: { a: (dy, _, b) => tf.mul(dy, b), b: (dy, a) => tf.mul(dy, a) },
  RealDiv: { a: (dy, _, b) => tf.div(dy, b), b: (dy, a, b) => tf.mul(tf.neg(dy), tf.div(tf.div(a, b), b)) },
  FloorDiv: { a: zero, b: zero },
  Mod: { a: (dy) => dy, b: (dy, a, b) => tf.mul(tf.neg(dy), tf.floor(tf.div(a, b))) },
  SquaredDifference: {
    a: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    b: (dy, a, b) => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  },
  Pow: {
    a: (dy, a, b) => tf.where(tf.equal(b, 0), tf.zeros([]), tf.mul(dy, tf.mul(b, tf.pow(a, tf.sub(b, 1))))),
    b: (dy, a, b) => {
      const flat = tf.logicalAnd(tf.equal(a, 0), tf.greaterEqual(b, 0));
      return tf.where(flat, tf.zeros([]), tf.mul(dy, tf.mul(tf.pow(a, b), tf.log(a))));
    },
  },
  Atan2: {
    a: (dy, a, b) => tf.mul(dy, tf.mul(b, inverseSquares(a, b))),
    b: (dy, a, b) => tf.mul(dy, tf.mul(tf.neg(a), inverseSquares(a, b))),
  },
  Maximum: chosen(tf.less),
  Minimum: chosen(tf.greater),
};

function mendElu(): void {
  replaceGradient({
    kernelName: 'EluGrad',
    inputsToSave: ['dy', 'y'],
    gradFunc: (next, saved) => {
      const [dy, y] = saved;
      const again = next;
      return {
        dy: () => tf.engine().runKernel('EluGrad', { dy: again, y }),
        y: () => onlyWhere(tf.less(y, 0), tf.mul(again, dy)),
      };
    },
  });
}

/** Done once, when `tf` is loaded. */
export function mendElementwise(): void {
  for (const [name, sides] of Object.entries(BINARY)) gradientOfBinary(name, sides);
  const positive = (x: tf.Tensor): tf.Tensor => tf.greater(x, 0);
  gradientOfBinary(
    'Prelu',
    {
      a: (dy, x, alpha) => tf.where(positive(x), dy, tf.mul(dy, alpha)),
      b: (dy, x) => tf.where(positive(x), tf.zeros([]), tf.mul(dy, x)),
    },
    ['x', 'alpha'],
  );
  gradientOfUnary('Abs', (dy, x) => tf.mul(dy, signOf(x)));
  gradientOfUnary('Relu6', (dy, x) =>
    tf.where(tf.logicalOr(tf.lessEqual(x, 0), tf.greaterEqual(x, 6)), tf.zeros([]), dy),
  );
  gradientOfUnary('Selu', (dy, x) =>
    tf.mul(
      dy,
      tf.where(tf.lessEqual(x, 0), tf.mul(tf.exp(x), SELU_SCALE * SELU_ALPHA), tf.scalar(SELU_SCALE)),
    ),
  );
  mendElu();
  replaceGradient({
    kernelName: 'Rsqrt',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({
      x: () => tf.mul(tf.mul(dy, -0.5), tf.mul(y, tf.square(y))),
    }),
  });
}
