/** From a photograph to what a network was trained on: `torchvision.transforms._presets.ImageClassification`. */
import { refusal, sizesOf } from '../../engine/ops/sizes';
import * as tf from '../../engine/tf';
import type { Transform } from '../../helpers/data/dataset';
import { CenterCrop, Normalize, Resize, type ResizeOptions } from '../../helpers/data/transforms';

/** Sizes and statistics; torchvision's are the defaults. */
export interface ClassificationOptions {
  readonly cropSize: number;
  /** Length of the shorter side before the crop. */
  readonly resizeSize: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly interpolation?: ResizeOptions['interpolation'];
}

/** ImageNet's mean colour, in 0 … 1. */
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** Resizes the shorter side, cuts out the centre, and normalises by mean and deviation of each channel. */
export class ImageClassification implements Transform {
  private readonly resize: Resize;
  private readonly crop: CenterCrop;
  private readonly normalize: Normalize;

  constructor({
    cropSize,
    resizeSize,
    mean = MEAN,
    std = STD,
    interpolation = 'bilinear',
  }: ClassificationOptions) {
    this.resize = new Resize(resizeSize, { interpolation });
    this.crop = new CenterCrop(cropSize);
    this.normalize = new Normalize(mean, std);
  }

  /**
   * Pixels 0 … 255 in int32, or 0 … 1 in float32; `[h, w, 3]` or a batch of them → `[b, crop, crop, 3]`.
   * @throws TypeError for another number of channels
   */
  forward(image: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const batch = image.rank === 3 ? tf.expandDims(image) : image;
      const [, , , channels] = sizesOf('ImageClassification', batch, '[b, h, w, 3]');
      if (channels !== 3) throw refusal('ImageClassification', 'pictures [h, w, 3] or [b, h, w, 3]', image);
      const small = this.crop.forward(this.resize.forward(batch));
      const scaled = small.dtype === 'int32' ? tf.div(tf.cast(small, 'float32'), 255) : small;
      return this.normalize.forward(scaled);
    });
  }
}
