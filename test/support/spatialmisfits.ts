/** What layers over sequences, images and volumes say of inputs that do not fit: rows for test/nn/fitting.test.ts. */
import * as tf from '../../src/engine/tf';
import * as nn from '../../src/nn';
import { gridRows } from './gridmisfits';
import { type Row, TYPE, whole, x } from './misfits';

type Call = (input: tf.Tensor) => unknown;

const INPUTS = {
  1: {
    said: 'sequences [b, l, c]',
    order: 'NLC',
    unit: 'steps',
    turned: 'x.permute(0, 2, 1)',
    one: 'x.permute(1, 0)',
  },
  2: {
    said: 'images [b, h, w, c]',
    order: 'NHWC',
    unit: 'pixels',
    turned: 'x.permute(0, 2, 3, 1)',
    one: 'x.permute(1, 2, 0)',
  },
  3: {
    said: 'volumes [b, d, h, w, c]',
    order: 'NDHWC',
    unit: 'voxels',
    turned: 'x.permute(0, 2, 3, 4, 1)',
    one: 'x.permute(1, 2, 3, 0)',
  },
} as const;
type Rank = keyof typeof INPUTS;
const RANKS: readonly Rank[] = [1, 2, 3];

const lengths = (rank: Rank, length = 8): number[] => Array.from({ length: rank }, () => length);

/** What layers say that have 3 channels. */
function channelled(rank: Rank, call: Call): Row[] {
  const { said, order, turned, one } = INPUTS[rank];
  const expected = `${said} with 3 channels last (${order}), got`;
  const row = (shape: readonly number[], hint = ''): Row => [
    `${expected} [${shape.join(', ')}]${hint}`,
    () => call(x(...shape)),
  ];
  return [
    row([2, ...lengths(rank), 6]), // TensorFlow takes it as two groups
    row([2, 3, ...lengths(rank)], `; ${turned} turns PyTorch's order`),
    row([3, ...lengths(rank)], `; ${one} turns PyTorch's order`),
    row([5]),
    ...(rank === 2 ? [row([2, 64], '; x.view(-1, h, w, 3) makes images of rows')] : []),
    [TYPE, () => call(whole(2, ...lengths(rank), 3))],
  ];
}

/** What layers say that take any number of channels. */
function pooled(rank: Rank, call: Call): Row[] {
  const { said, order } = INPUTS[rank];
  const expected = `${said} with channels last (${order}), got`;
  return [
    [`${expected} [5]`, () => call(x(5))],
    [TYPE, () => call(whole(2, ...lengths(rank), 3))],
    ...(rank === 2
      ? [
          [
            `${expected} [2, 64]; x.view(-1, h, w, c) makes images of rows`,
            () => call(x(2, 64)),
          ] satisfies Row,
        ]
      : []),
  ];
}

/** What windows of 4 places along each axis say. */
function windowed(rank: Rank, call: Call): Row[] {
  const { said, unit } = INPUTS[rank];
  const small = [2, ...lengths(rank, 3), 3];
  const least = lengths(rank, 4).join(' by ');
  return [
    ...pooled(rank, call),
    [`${said} of at least ${least} ${unit}, got [${small.join(', ')}]`, () => call(x(...small))],
  ];
}

/** One of each kind for each rank: the layer and its function by their names, which end in `1d`, `2d`, `3d`. */
function families(rank: Rank): Record<string, Row[]> {
  const layer = <L extends nn.Module>(name: string, ...args: unknown[]): L => {
    const Layer = nn[name as 'Upsample'] as unknown as new (...all: unknown[]) => L;
    return new Layer(...args);
  };
  const both = (name: string, args: readonly unknown[], make: (rank: Rank, call: Call) => Row[]) => {
    const lower = name.replace(/^[A-Z]+(?=[A-Z])|^[A-Z]/, (letters) => letters.toLowerCase());
    const called = nn[lower as 'interpolate'] as unknown as (...all: unknown[]) => unknown;
    return {
      [name]: make(rank, (input) => layer<nn.Layer>(name, ...args).forward(input)),
      [lower]: make(rank, (input) => called(input, ...args)),
    };
  };
  const window = lengths(rank, 3);
  const kernel = x(...window, 3, 6);
  const reversed = x(...window, 6, 3);
  const flat = `[${['d', 'h', 'w'].slice(3 - rank).join(', ')}`;
  const conv = nn[`conv${rank}d`] as typeof nn.conv2d;
  const transposed = nn[`convTranspose${rank}d`] as typeof nn.convTranspose2d;
  const unpool = nn[`maxUnpool${rank}d`] as typeof nn.maxUnpool2d;
  const pads = ['ConstantPad', 'ZeroPad', 'ReflectionPad', 'ReplicationPad', 'CircularPad'];
  const values = x(2, ...lengths(rank, 2), 3);
  const unpooled = (call: typeof unpool): Row[] => [
    ...pooled(rank, (input) => call(input, whole(1), 2)),
    [`indices [${values.shape.join(', ')}], got [1]`, () => call(values, whole(1), 2)],
    ['indices int32, got float32', () => call(values, values, 2)],
    [
      `an output size less than ${lengths(rank, 2).join(', ')} from ${lengths(rank, 4).join(', ')}, ` +
        `got ${lengths(rank, 6).join(', ')}`,
      () => call(values, whole(...values.shape), 2, { outputSize: lengths(rank, 6) as [number, number] }),
    ],
  ];
  const unpoolLayer = layer<nn.MaxUnpool2d>(`MaxUnpool${rank}d`, 2);
  return {
    [`Conv${rank}d`]: channelled(rank, (input) => layer<nn.Conv2d>(`Conv${rank}d`, 3, 6, 3).forward(input)),
    [`conv${rank}d`]: [
      ...channelled(rank, (input) => conv(input, kernel)),
      [`weight ${flat}, in / groups, out], got [3]`, () => conv(x(2, ...lengths(rank), 3), x(3))],
      ['bias [6], got [3]', () => conv(x(2, ...lengths(rank), 3), kernel, x(3))],
    ],
    [`ConvTranspose${rank}d`]: channelled(rank, (input) =>
      layer<nn.ConvTranspose2d>(`ConvTranspose${rank}d`, 3, 6, 3).forward(input),
    ),
    [`convTranspose${rank}d`]: [
      ...channelled(rank, (input) => transposed(input, reversed)),
      [`weight ${flat}, out / groups, in], got [3]`, () => transposed(x(2, ...lengths(rank), 3), x(3))],
      ['bias [6], got [3]', () => transposed(x(2, ...lengths(rank), 3), reversed, x(3))],
      [
        `inputs of which padding ${lengths(rank, 2).join(', ')} leaves something, got [2, ${lengths(rank, 1).join(', ')}, 3]`,
        () => transposed(x(2, ...lengths(rank, 1), 3), reversed, undefined, { padding: 2 }),
      ],
    ],
    ...both(`MaxPool${rank}d`, [4], windowed),
    ...both(`AvgPool${rank}d`, [4], windowed),
    ...both(`AdaptiveAvgPool${rank}d`, [2], pooled),
    ...both(`AdaptiveMaxPool${rank}d`, [2], pooled),
    ...both(`LPPool${rank}d`, [2, 4], windowed),
    [`MaxUnpool${rank}d`]: unpooled((input, places, _, options) =>
      unpoolLayer.forward(input, places, options?.outputSize),
    ),
    [`maxUnpool${rank}d`]: unpooled(unpool),
    ...Object.fromEntries(
      pads.map((kind) => [
        `${kind}${rank}d`,
        pooled(rank, (input) => layer<nn.Layer>(`${kind}${rank}d`, 1, 0).forward(input)),
      ]),
    ),
  };
}

const image = '[b, h, w, c]';
const resized: Row[] = [
  [
    '[b, l, c] or [b, h, w, c] or [b, d, h, w, c] in the mode nearest, got [8, 8]',
    () => nn.interpolate(x(8, 8), { size: 3 }),
  ],
  [
    `${image} in the mode bilinear, got [2, 8, 3]`,
    () => nn.interpolate(x(2, 8, 3), { size: 3, mode: 'bilinear' }),
  ],
  [TYPE, () => nn.interpolate(whole(2, 8, 8, 3), { size: 3 })],
  ['size or scaleFactor, got none', () => nn.interpolate(x(2, 8, 3)), 'RangeError'],
  [
    'size or scaleFactor, got both',
    () => nn.interpolate(x(2, 8, 3), { size: 3, scaleFactor: 2 }),
    'RangeError',
  ],
  [
    'a size that makes 1 lengths of at least 1, got 3, 4',
    () => nn.interpolate(x(2, 8, 3), { size: [3, 4] }),
    'RangeError',
  ],
  [
    'a scaleFactor that makes 1 lengths of at least 1, got 0.1',
    () => nn.interpolate(x(2, 8, 3), { scaleFactor: 0.1 }),
    'RangeError',
  ],
  [
    'alignCorners with a linear or cubic mode, got nearest',
    () => nn.interpolate(x(2, 8, 3), { size: 3, alignCorners: true }),
    'RangeError',
  ],
  [
    'antialias with bilinear or bicubic, got linear',
    () => nn.interpolate(x(2, 8, 3), { size: 3, mode: 'linear', antialias: true }),
    'RangeError',
  ],
];

const upsampled = (Layer: new (options: { size: number }) => nn.Layer, rest: string): Row[] => [
  [rest, () => new Layer({ size: 3 }).forward(x(8, 8))],
];

const unfolded = (call: Call): Row[] => [
  ...pooled(2, call),
  ['images [b, h, w, c] of at least 4 by 4 pixels, got [2, 3, 3, 3]', () => call(x(2, 3, 3, 3))],
];

const folded = (call: Call): Row[] => [
  ['patches [b, 4, c · 4], got [2, 5, 8]', () => call(x(2, 5, 8))],
  ["patches [b, 4, c · 4], got [2, 8, 4]; x.transpose(1, 2) turns PyTorch's order", () => call(x(2, 8, 4))],
  [TYPE, () => call(whole(2, 4, 8))],
];

const fractional = (rank: 2 | 3): Record<string, Row[]> => {
  const Layer = nn[`FractionalMaxPool${rank}d`] as typeof nn.FractionalMaxPool2d;
  const call = nn[`fractionalMaxPool${rank}d`] as typeof nn.fractionalMaxPool2d;
  const shape = [2, ...lengths(rank, 3), 3];
  const least = lengths(rank, rank === 3 ? 5 : 4).join(' by ');
  const both = `${lengths(rank, 3).join(' by ')} windows of ${lengths(rank, 2).join(' by ')}`;
  const rows = (run: (input: tf.Tensor, samples?: tf.Tensor) => unknown): Row[] => [
    ...pooled(rank, run),
    [`at least ${least} places for ${both}, got [${shape.join(', ')}]`, () => run(x(...shape))],
    [
      `randomSamples [2, 3, ${rank}], got [2, 1, ${rank}]`,
      () => run(x(2, ...lengths(rank), 3), x(2, 1, rank)),
    ],
  ];
  return {
    [`FractionalMaxPool${rank}d`]: rows((input, randomSamples) =>
      new Layer(2, { outputSize: 3, randomSamples }).forward(input),
    ),
    [`fractionalMaxPool${rank}d`]: rows((input, randomSamples) =>
      call(input, 2, { outputSize: 3, randomSamples }),
    ),
  };
};

/** Rows by the name of the layer or function. */
export const spatialRows: Readonly<Record<string, Row[]>> = {
  ...Object.fromEntries(RANKS.flatMap((rank) => Object.entries(families(rank)))),
  pad: [
    ['pairs of integers, two for each axis, got [1]', () => nn.pad(x(3), [1])],
    ['at most 1 pairs for [3] in the mode constant, got 2 pairs', () => nn.pad(x(3), [1, 1, 1, 1])],
    [
      'at most 0 pairs for [3] in the mode reflect, got 1 pairs',
      () => nn.pad(x(3), [1, 1], { mode: 'reflect' }),
    ],
    [
      'at most 2 places around 3 in the mode reflect, got 3 and 0',
      () => nn.pad(x(2, 3, 1), [3, 0], { mode: 'reflect' }),
    ],
    [
      'at most 3 places around 3 in the mode circular, got 0 and 4',
      () => nn.pad(x(2, 3, 1), [0, 4], { mode: 'circular' }),
    ],
    ['no more than 3 places to take off, got -2 and -2', () => nn.pad(x(3), [-2, -2])],
  ],
  ...gridRows,
  ...fractional(2),
  ...fractional(3),
  interpolate: resized,
  Upsample: upsampled(
    nn.Upsample,
    '[b, l, c] or [b, h, w, c] or [b, d, h, w, c] in the mode nearest, got [8, 8]',
  ),
  UpsamplingNearest2d: upsampled(
    nn.UpsamplingNearest2d,
    '[b, l, c] or [b, h, w, c] or [b, d, h, w, c] in the mode nearest, got [8, 8]',
  ),
  UpsamplingBilinear2d: upsampled(nn.UpsamplingBilinear2d, `${image} in the mode bilinear, got [8, 8]`),
  ...rearranged('PixelShuffle', 'images [..., h, w, c] of a multiple of 4 channels', [2, 3, 3, 6]),
  ...rearranged('PixelUnshuffle', 'images [..., h, w, c] of a multiple of 2 rows and columns', [2, 3, 4, 6]),
  ...rearranged('ChannelShuffle', '[b, ..., c] of a multiple of 2 channels', [2, 3, 4, 5]),
  Unfold: unfolded((input) => new nn.Unfold(4).forward(input)),
  unfold: unfolded((input) => nn.unfold(input, 4)),
  Fold: folded((input) => new nn.Fold(4, 2, { stride: 2 }).forward(input)),
  fold: folded((input) => nn.fold(input, 4, 2, { stride: 2 })),
};

function rearranged(
  name: 'PixelShuffle' | 'PixelUnshuffle' | 'ChannelShuffle',
  expected: string,
  shape: readonly number[],
): Record<string, Row[]> {
  const lower = `${name.charAt(0).toLowerCase()}${name.slice(1)}` as 'pixelShuffle';
  const row = (call: Call): Row[] => [[`${expected}, got [${shape.join(', ')}]`, () => call(x(...shape))]];
  return {
    [name]: row((input) => new nn[name](2).forward(input)),
    [lower]: row((input) => nn[lower](input, 2)),
  };
}
