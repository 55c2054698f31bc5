/** Losses as modules: each keeps the options of its function. Weights stand in the state dict, as PyTorch's do. */
import * as tf from '../engine/tf';
import { ctcLoss, type CTCOptions, type Lengths } from './ctc';
import { PairwiseDistance } from './distance';
import {
  gaussianNllLoss,
  type GaussianNllOptions,
  klDiv,
  type KLDivOptions,
  poissonNllLoss,
  type PoissonNllOptions,
} from './likelihoods';
import { crossEntropy, type CrossEntropyOptions, nllLoss } from './loss';
import {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  type MarginOptions,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  type MultiMarginOptions,
  softMarginLoss,
  type TripletDistanceOptions,
  tripletMarginLoss,
  type TripletMarginOptions,
  tripletMarginWithDistanceLoss,
} from './margins';
import { Module } from './module';
import { buffer } from './parameter';
import {
  type BceOptions,
  bceWithLogits,
  binaryCrossEntropy,
  huberLoss,
  l1Loss,
  type LossOptions,
  mseLoss,
  smoothL1Loss,
} from './regression';

/** Weights among the options of a loss. */
interface Weights {
  readonly weight?: tf.Tensor;
  readonly posWeight?: tf.Tensor;
}

/** What losses share: their options, the weights among them as buffers. */
abstract class Loss<O extends object> extends Module {
  readonly weight?: tf.Variable;
  readonly posWeight?: tf.Variable;
  /** All options but the weights. */
  protected readonly given: O;

  constructor(options: O = {} as O) {
    super();
    const { weight, posWeight, ...given } = options as O & Weights;
    this.given = given as O;
    if (weight) this.weight = buffer(tf.clone(weight));
    if (posWeight) this.posWeight = buffer(tf.clone(posWeight));
  }

  /** The options, with the weights as they are now. */
  protected get options(): O {
    const { weight, posWeight } = this;
    return { ...this.given, ...(weight && { weight }), ...(posWeight && { posWeight }) };
  }
}

/** `l1Loss` as a module. */
export class L1Loss extends Loss<LossOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return l1Loss(x, y, this.options);
  }
}

/** `mseLoss` as a module. */
export class MSELoss extends Loss<LossOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return mseLoss(x, y, this.options);
  }
}

/** `huberLoss` as a module. */
export class HuberLoss extends Loss<LossOptions & { readonly delta?: number }> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return huberLoss(x, y, this.options);
  }
}

/** `smoothL1Loss` as a module. */
export class SmoothL1Loss extends Loss<LossOptions & { readonly beta?: number }> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return smoothL1Loss(x, y, this.options);
  }
}

/** `binaryCrossEntropy` as a module. */
export class BCELoss extends Loss<Omit<BceOptions, 'posWeight'>> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return binaryCrossEntropy(x, y, this.options);
  }
}

/** `bceWithLogits` as a module. */
export class BCEWithLogitsLoss extends Loss<BceOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return bceWithLogits(x, y, this.options);
  }
}

/** `crossEntropy` as a module. */
export class CrossEntropyLoss extends Loss<CrossEntropyOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return crossEntropy(x, y, this.options);
  }
}

/** `nllLoss` as a module. */
export class NLLLoss extends Loss<Omit<CrossEntropyOptions, 'labelSmoothing'>> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return nllLoss(x, y, this.options);
  }
}

/** `klDiv` as a module. */
export class KLDivLoss extends Loss<KLDivOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return klDiv(x, y, this.options);
  }
}

/** `poissonNllLoss` as a module. */
export class PoissonNLLLoss extends Loss<PoissonNllOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return poissonNllLoss(x, y, this.options);
  }
}

/** `hingeEmbeddingLoss` as a module. */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return hingeEmbeddingLoss(x, y, this.options);
  }
}

/** `softMarginLoss` as a module. */
export class SoftMarginLoss extends Loss<Omit<MarginOptions, 'margin'>> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return softMarginLoss(x, y, this.options);
  }
}

/** `multiMarginLoss` as a module. */
export class MultiMarginLoss extends Loss<MultiMarginOptions> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return multiMarginLoss(x, y, this.options);
  }
}

/** `multilabelMarginLoss` as a module. */
export class MultiLabelMarginLoss extends Loss<Omit<MarginOptions, 'margin'>> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return multilabelMarginLoss(x, y, this.options);
  }
}

/** `multilabelSoftMarginLoss` as a module. */
export class MultiLabelSoftMarginLoss extends Loss<Pick<MultiMarginOptions, 'weight' | 'reduction'>> {
  forward(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return multilabelSoftMarginLoss(x, y, this.options);
  }
}

/** `marginRankingLoss` as a module. */
export class MarginRankingLoss extends Loss<MarginOptions> {
  forward(x1: tf.Tensor, x2: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return marginRankingLoss(x1, x2, y, this.options);
  }
}

/** `cosineEmbeddingLoss` as a module. */
export class CosineEmbeddingLoss extends Loss<MarginOptions> {
  forward(x1: tf.Tensor, x2: tf.Tensor, y: tf.Tensor): tf.Scalar {
    return cosineEmbeddingLoss(x1, x2, y, this.options);
  }
}

/** `tripletMarginLoss` as a module. */
export class TripletMarginLoss extends Loss<TripletMarginOptions> {
  forward(anchor: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor): tf.Scalar {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }
}

/** `tripletMarginWithDistanceLoss` as a module. */
export class TripletMarginWithDistanceLoss extends Loss<Omit<TripletDistanceOptions, 'distanceFunction'>> {
  /** How far two batches are apart. */
  readonly distanceFunction: PairwiseDistance | ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor);

  constructor({ distanceFunction, ...options }: TripletDistanceOptions = {}) {
    super(options);
    this.distanceFunction = distanceFunction ?? new PairwiseDistance();
  }

  forward(anchor: tf.Tensor, positive: tf.Tensor, negative: tf.Tensor): tf.Scalar {
    const own = this.distanceFunction;
    const distanceFunction = own instanceof PairwiseDistance ? own.forward.bind(own) : own;
    return tripletMarginWithDistanceLoss(anchor, positive, negative, { ...this.options, distanceFunction });
  }
}

/** `gaussianNllLoss` as a module. */
export class GaussianNLLLoss extends Loss<GaussianNllOptions> {
  forward(x: tf.Tensor, y: tf.Tensor, variance: tf.Tensor | number): tf.Scalar {
    return gaussianNllLoss(x, y, variance, this.options);
  }
}

/** `ctcLoss` as a module. */
export class CTCLoss extends Loss<CTCOptions> {
  forward(
    logProbs: tf.Tensor,
    targets: tf.Tensor,
    inputLengths: Lengths | number,
    targetLengths: Lengths | number,
  ): tf.Scalar {
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, this.options);
  }
}
