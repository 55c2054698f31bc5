/** Weights that others have trained, with all that belongs to them: `torchvision.models.Weights`. */
import type { Transform } from '../../helpers/data/dataset';

/** How well a network with these weights does on ImageNet's validation set, in percent, as its makers state it. */
export interface Accuracy {
  readonly top1: number;
  readonly top5?: number;
}

/** Where a file of weights comes from, and how to tell that it is the right one. */
export interface WeightsFile {
  /** Its name, in the cache, in `TSDL_WEIGHTS_DIR` and at the mirrors. */
  readonly file: string;
  /** SHA-256 in lower-case hexadecimal, or its first digits, which torchvision writes into the file's name. */
  readonly sha256: string;
  /** Its size in bytes; for torchvision's files to the nearest kilobyte. */
  readonly bytes: number;
  /** Folders on the web that serve it; none where a package brings it. */
  readonly mirrors: readonly string[];
  /** The licence that the weights are given under. */
  readonly licence: string;
}

/** One set of weights. */
export interface Weights extends WeightsFile {
  /** torchvision's name, such as `IMAGENET1K_V1`. */
  readonly name: string;
  readonly numParams: number;
  readonly accuracy: Accuracy;
  /** What the network's outputs stand for, in English. */
  readonly categories: readonly string[];
  /** The same in Chinese. */
  readonly categoriesZh: readonly string[];
  /** The preprocessing that the network was trained with: pixels 0 … 255, `[h, w, 3]` or a batch, to its input. */
  transforms(): Transform;
}
