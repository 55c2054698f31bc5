/**
 * Residual networks: the guide's block, and ResNet-18, -34 and -50 with torchvision's names and layout, after He, Zhang,
 * Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, https://arxiv.org/abs/1512.03385.
 */
import * as tf from '../engine/tf';
import * as nn from '../nn';
import { built, type FromWeights, type MaybeWeights } from './pretrained/fill';
import { ResNet18Weights, ResNet34Weights, ResNet50Weights } from './pretrained/imagenet';

/** The guide's block: two 3×3 convolutions and a shortcut; `[b, h, w, in]` → `[b, h/stride, w/stride, out]`. */
export class ResidualBlock extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly shortcut: nn.Sequential;

  constructor(inChannels: number, outChannels: number, { stride = 1 } = {}) {
    super();
    this.conv1 = new nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1 });
    this.bn1 = new nn.BatchNorm2d(outChannels);
    this.conv2 = new nn.Conv2d(outChannels, outChannels, 3, { stride: 1, padding: 1 });
    this.bn2 = new nn.BatchNorm2d(outChannels);
    // Where the shape changes, a 1×1 convolution makes input and output fit; elsewhere the input passes unchanged.
    const fits = stride === 1 && inChannels === outChannels;
    this.shortcut = fits
      ? new nn.Sequential()
      : new nn.Sequential(
          new nn.Conv2d(inChannels, outChannels, 1, { stride }),
          new nn.BatchNorm2d(outChannels),
        );
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let out = tf.relu(this.bn1.forward(this.conv1.forward(x)));
    out = this.bn2.forward(this.conv2.forward(out));
    return tf.relu(tf.add(out, this.shortcut.forward(x)));
  }
}

/** What a stage of a ResNet repeats. */
type Block = BasicBlock | Bottleneck;

/** How a block changes the size of the map, and what leads the input past it where that has another shape. */
export interface BlockOptions {
  readonly stride?: number;
  /** Makes the shortcut fit where the shape changes. */
  readonly downsample?: nn.Sequential;
}

/** Kind and number of the residual blocks; `numClasses` is 1000, ImageNet's, unless given. */
export interface ResNetOptions {
  readonly block: 'basic' | 'bottleneck';
  /** Blocks in each of the four stages. */
  readonly layers: readonly [number, number, number, number];
  readonly numClasses?: number;
}

/** 18 layers of basic blocks: 11,689,512 parameters with 1000 classes. */
const RESNET18: ResNetOptions = { block: 'basic', layers: [2, 2, 2, 2] };
/** 34 layers of basic blocks: 21,797,672 parameters with 1000 classes. */
const RESNET34: ResNetOptions = { block: 'basic', layers: [3, 4, 6, 3] };
/** 50 layers of bottlenecks: 25,557,032 parameters with 1000 classes. */
const RESNET50: ResNetOptions = { block: 'bottleneck', layers: [3, 4, 6, 3] };

/** Width of a block's output as a multiple of its stage's width. */
const EXPANSION = { basic: 1, bottleneck: 4 } as const;

/** Two 3×3 convolutions, the block of ResNet-18 and -34. */
export class BasicBlock extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly relu = new nn.ReLU({ inplace: true });
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly downsample?: nn.Sequential;

  constructor(inChannels: number, width: number, { stride = 1, downsample }: BlockOptions = {}) {
    super();
    this.conv1 = conv3x3(inChannels, width, stride);
    this.bn1 = new nn.BatchNorm2d(width);
    this.conv2 = conv3x3(width, width);
    this.bn2 = new nn.BatchNorm2d(width);
    if (downsample) this.downsample = downsample;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let out = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    out = this.bn2.forward(this.conv2.forward(out));
    return this.relu.forward(tf.add(out, this.downsample?.forward(x) ?? x));
  }
}

/** A 1×1, a 3×3 and a 1×1 convolution, the block of ResNet-50; the stride is on the 3×3 one, as in torchvision. */
export class Bottleneck extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly conv3: nn.Conv2d;
  readonly bn3: nn.BatchNorm2d;
  readonly relu = new nn.ReLU({ inplace: true });
  readonly downsample?: nn.Sequential;

  constructor(inChannels: number, width: number, { stride = 1, downsample }: BlockOptions = {}) {
    super();
    this.conv1 = conv1x1(inChannels, width);
    this.bn1 = new nn.BatchNorm2d(width);
    this.conv2 = conv3x3(width, width, stride);
    this.bn2 = new nn.BatchNorm2d(width);
    this.conv3 = conv1x1(width, width * EXPANSION.bottleneck);
    this.bn3 = new nn.BatchNorm2d(width * EXPANSION.bottleneck);
    if (downsample) this.downsample = downsample;
  }

  forward(x: tf.Tensor4D): tf.Tensor4D {
    let out = this.relu.forward(this.bn1.forward(this.conv1.forward(x)));
    out = this.relu.forward(this.bn2.forward(this.conv2.forward(out)));
    out = this.bn3.forward(this.conv3.forward(out));
    return this.relu.forward(tf.add(out, this.downsample?.forward(x) ?? x));
  }
}

/** Maps images `[b, h, w, 3]`, normally 224×224, to logits `[b, numClasses]`. */
export class ResNet extends nn.Module {
  readonly conv1 = kaiming(new nn.Conv2d(3, 64, 7, { stride: 2, padding: 3, bias: false }));
  readonly bn1 = new nn.BatchNorm2d(64);
  readonly relu = new nn.ReLU({ inplace: true });
  readonly maxpool = new nn.MaxPool2d(3, 2, { padding: 1 });
  readonly layer1: nn.Sequential;
  readonly layer2: nn.Sequential;
  readonly layer3: nn.Sequential;
  readonly layer4: nn.Sequential;
  readonly avgpool = new nn.AdaptiveAvgPool2d([1, 1]);
  /** The classifier; put another one in its place to transfer the network: `resnet.fc = new nn.Linear(…)`. */
  fc: nn.Linear;

  constructor({ block, layers, numClasses = 1000 }: ResNetOptions) {
    super();
    const width = EXPANSION[block];
    this.layer1 = stage(block, 64, 64, { count: layers[0], stride: 1 });
    this.layer2 = stage(block, 64 * width, 128, { count: layers[1], stride: 2 });
    this.layer3 = stage(block, 128 * width, 256, { count: layers[2], stride: 2 });
    this.layer4 = stage(block, 256 * width, 512, { count: layers[3], stride: 2 });
    this.fc = new nn.Linear(512 * width, numClasses);
  }

  forward(x: tf.Tensor4D): tf.Tensor2D {
    return this.fc.forward(this.features(x));
  }

  /** What the classifier sees: `[b, h, w, 3]` → `[b, 512]`, for bottlenecks `[b, 2048]`. */
  features(x: tf.Tensor4D): tf.Tensor2D {
    x = this.relu.forward(this.bn1.forward(this.conv1.forward(x))); // [b, h/2, w/2, 64]
    x = this.maxpool.forward(x); // [b, h/4, w/4, 64]
    let y: tf.Tensor = this.layer1.forward(x);
    y = this.layer2.forward(y); // [b, h/8, w/8, 128 · expansion]
    y = this.layer3.forward(y); // [b, h/16, w/16, 256 · expansion]
    y = this.layer4.forward(y); // [b, h/32, w/32, 512 · expansion]
    return nn.flatten(this.avgpool.forward(y));
  }
}

/**
 * The 18-layer network, 11,689,512 parameters; with `weights` (or `pretrained: true`) a promise of it, filled with what
 * torchvision's was trained to on ImageNet.
 * @throws RangeError for weights that are not known, or another number of classes with them
 */
export function resnet18(options?: Partial<ResNetOptions>): ResNet;
export function resnet18(
  options: Partial<ResNetOptions> & FromWeights<keyof typeof ResNet18Weights>,
): Promise<ResNet>;
export function resnet18(options: Partial<ResNetOptions> & MaybeWeights = {}): ResNet | Promise<ResNet> {
  return built(() => new ResNet({ ...RESNET18, ...options }), ResNet18Weights, options);
}

/**
 * The 34-layer network, 21,797,672 parameters; with `weights` (or `pretrained: true`) a promise of it, filled with what
 * torchvision's was trained to on ImageNet.
 * @throws RangeError for weights that are not known, or another number of classes with them
 */
export function resnet34(options?: Partial<ResNetOptions>): ResNet;
export function resnet34(
  options: Partial<ResNetOptions> & FromWeights<keyof typeof ResNet34Weights>,
): Promise<ResNet>;
export function resnet34(options: Partial<ResNetOptions> & MaybeWeights = {}): ResNet | Promise<ResNet> {
  return built(() => new ResNet({ ...RESNET34, ...options }), ResNet34Weights, options);
}

/**
 * The 50-layer network, 25,557,032 parameters; with `weights` (or `pretrained: true`) a promise of it, filled with what
 * torchvision's was trained to on ImageNet.
 * @throws RangeError for weights that are not known, or another number of classes with them
 */
export function resnet50(options?: Partial<ResNetOptions>): ResNet;
export function resnet50(
  options: Partial<ResNetOptions> & FromWeights<keyof typeof ResNet50Weights>,
): Promise<ResNet>;
export function resnet50(options: Partial<ResNetOptions> & MaybeWeights = {}): ResNet | Promise<ResNet> {
  return built(() => new ResNet({ ...RESNET50, ...options }), ResNet50Weights, options);
}

/** `count` blocks; the first has the stride and, where the shape changes, a 1×1 convolution in its shortcut. */
function stage(
  block: ResNetOptions['block'],
  inChannels: number,
  width: number,
  { count, stride }: { readonly count: number; readonly stride: number },
): nn.Sequential {
  const outChannels = width * EXPANSION[block];
  const fits = stride === 1 && inChannels === outChannels;
  const downsample = fits
    ? undefined
    : new nn.Sequential(conv1x1(inChannels, outChannels, stride), new nn.BatchNorm2d(outChannels));
  const build = (channels: number, options: BlockOptions): Block =>
    block === 'basic' ? new BasicBlock(channels, width, options) : new Bottleneck(channels, width, options);
  const rest = Array.from({ length: count - 1 }, () => build(outChannels, {}));
  return new nn.Sequential(build(inChannels, { stride, downsample }), ...rest);
}

// Batch norm supplies the bias.
function conv3x3(inChannels: number, outChannels: number, stride = 1): nn.Conv2d {
  return kaiming(new nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false }));
}

function conv1x1(inChannels: number, outChannels: number, stride = 1): nn.Conv2d {
  return kaiming(new nn.Conv2d(inChannels, outChannels, 1, { stride, bias: false }));
}

/** torchvision starts convolutions normally distributed by their fan-out: He et al., 2015. */
function kaiming(conv: nn.Conv2d): nn.Conv2d {
  nn.init.kaimingNormal_(conv.weight, { mode: 'fan_out', nonlinearity: 'relu' });
  return conv;
}
