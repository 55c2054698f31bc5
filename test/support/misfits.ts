/** What layers say of inputs that do not fit: rows for test/nn/fitting.test.ts. */
import * as tf from '../../src/engine/tf';

/** What a layer or function says of an input, without its beginning: `TypeError: Cannot call NAME: expected `. */
export type Row = readonly [rest: string, call: () => unknown, kind?: 'RangeError'];

export const x = (...shape: number[]) => tf.ones(shape);
export const whole = (...shape: number[]) => tf.ones(shape, 'int32');
export const TYPE = 'float32, got int32; x.float() makes it so';

/** What everything says that takes images of `channels` channels. */
export function images(channels: number, call: (x: tf.Tensor) => unknown): Row[] {
  const nhwc = `images [b, h, w, c] with ${channels} channels last (NHWC), got`;
  return [
    [`${nhwc} [2, 8, 8, 6]`, () => call(x(2, 8, 8, 6))],
    [
      `${nhwc} [2, ${channels}, 8, 8]; x.permute(0, 2, 3, 1) turns PyTorch's order`,
      () => call(x(2, channels, 8, 8)),
    ],
    [`${nhwc} [8, 8, ${channels}]; x.unsqueeze(0) makes a batch of one image`, () => call(x(8, 8, channels))],
    [
      `${nhwc} [${channels}, 8, 8]; x.permute(1, 2, 0).unsqueeze(0) makes a batch of one in PyTorch's order`,
      () => call(x(channels, 8, 8)),
    ],
    [`${nhwc} [2, 64]; x.view(-1, h, w, ${channels}) makes images of rows`, () => call(x(2, 64))],
    [`${nhwc} [5]`, () => call(x(5))],
    [TYPE, () => call(whole(2, 8, 8, channels))],
  ];
}

/** What everything says that takes sequences of `size` features. */
export const sequences = (
  size: number,
  call: (x: tf.Tensor) => unknown,
  axes = 'b, t',
  name = 'sequences',
): Row[] => [
  [`${name} [${axes}, ${size}], got [2, 5, 7]`, () => call(x(2, 5, 7))],
  [`${name} [${axes}, ${size}], got [2, 5, 1, ${size}]`, () => call(x(2, 5, 1, size))],
  [
    `${name} [${axes}, ${size}], got [5, ${size}]; x.unsqueeze(${axes === 'b, t' ? 0 : 1}) makes a batch of one sequence`,
    () => call(x(5, size)),
  ],
];
