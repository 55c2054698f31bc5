/** Transfer learning and augmentation at 224 × 224. */
import { normal, uniform } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as transforms from '../../src/helpers/data/transforms';
import { SGD } from '../../src/helpers/optim/optimizers';
import { efficientnetLite0 } from '../../src/models/efficientnet';
import { resnet50 } from '../../src/models/resnet';
import * as nn from '../../src/nn';
import type { Mode, Step, Workload } from '../workload';
import { answers, form, inBfloat16, labels, reading, seeded, trainStep } from './harness';

/** The guide's transfer step: everything frozen but the new last layer. */
function transfer(training: boolean, mode: Mode): Step {
  const resnet = resnet50();
  resnet.requiresGrad(false);
  resnet.fc = new nn.Linear(2048, 10);
  resnet.train(training);
  const optimizer = new SGD(resnet.fc.namedParameters(), { lr: 0.01, momentum: 0.9 });
  return trainStep(resnet, normal([8, 224, 224, 3]), labels(8), mode, optimizer);
}

function augmentation(mode: Mode): Step {
  const augment = new transforms.Compose([
    new transforms.RandomHorizontalFlip(),
    new transforms.RandomRotation(10),
    new transforms.ColorJitter({ brightness: 0.2, contrast: 0.2 }),
    new transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
  ]);
  const x = uniform([64, 224, 224, 3]);
  const step = form(mode, (x: tf.Tensor4D) => {
    const images = augment.forward(x);
    return [images, tf.sum(images)];
  });
  return reading(() => {
    const [images, sum] = step(x);
    images?.dispose();
    return sum ?? [];
  });
}

const resnet = {
  calls: 1,
  rounds: 6,
  warmup: 10,
  eager: false,
  variants: ['--channels-last', '--channels-last --compile'],
} as const;

const frozen: Workload = {
  ...resnet,
  name: 'resnet-eval',
  peer: 'resnet --eval',
  title: 'ResNet-50 frozen step (b 8, 224²), eval mode',
  setup: seeded((mode) => transfer(false, mode)),
};

/** What a network says to eight photographs; torch.compile may fold and pack the weights for it. */
const answering = {
  ...resnet,
  calls: 3,
  variants: [...resnet.variants, '--channels-last --compile --freeze'],
} as const;

const photographs = (): tf.Tensor => normal([8, 224, 224, 3]);

export const images: readonly Workload[] = [
  frozen,
  inBfloat16(frozen),
  {
    ...resnet,
    name: 'resnet-train',
    peer: 'resnet',
    title: 'ResNet-50 frozen step (b 8, 224²), train mode',
    setup: seeded((mode) => transfer(true, mode)),
  },
  {
    ...answering,
    name: 'resnet-answers',
    peer: 'resnet --answers',
    title: 'ResNet-50 answers 8 images, 224²',
    setup: seeded((mode) => answers(resnet50(), photographs(), mode)),
  },
  {
    ...answering,
    name: 'efficientnet',
    title: 'EfficientNet-Lite0 answers 8 images, 224²',
    setup: seeded((mode) => answers(efficientnetLite0(), photographs(), mode)),
  },
  {
    name: 'augment',
    title: 'augmentation of 64 RGB images, 224²',
    calls: 2,
    rounds: 6,
    warmup: 10,
    variants: [],
    setup: seeded(augmentation),
  },
];
