/** Transfer learning and augmentation at 224 × 224. */
import { normal, uniform } from '../../src/engine/random';
import * as tf from '../../src/engine/tf';
import * as transforms from '../../src/helpers/data/transforms';
import { SGD } from '../../src/helpers/optim/optimizers';
import { resnet50 } from '../../src/models/resnet';
import * as nn from '../../src/nn';
import type { Step, Workload } from '../workload';
import { form, labels, reading, seeded, trainStep } from './harness';

/** The guide's transfer step: everything frozen but the new last layer. */
function transfer(training: boolean, compiled: boolean): Step {
  const resnet = resnet50();
  resnet.requiresGrad(false);
  resnet.fc = new nn.Linear(2048, 10);
  resnet.train(training);
  const optimizer = new SGD(resnet.fc.namedParameters(), { lr: 0.01, momentum: 0.9 });
  return trainStep(resnet, normal([8, 224, 224, 3]), labels(8), compiled, optimizer);
}

function augmentation(compiled: boolean): Step {
  const augment = new transforms.Compose([
    new transforms.RandomHorizontalFlip(),
    new transforms.RandomRotation(10),
    new transforms.ColorJitter({ brightness: 0.2, contrast: 0.2 }),
    new transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
  ]);
  const x = uniform([64, 224, 224, 3]);
  const step = form(compiled, (x: tf.Tensor4D) => {
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
  warmup: 2,
  eager: false,
  variants: ['--channels-last', '--channels-last --compile'],
} as const;

export const images: readonly Workload[] = [
  {
    ...resnet,
    name: 'resnet-eval',
    peer: 'resnet --eval',
    title: 'ResNet-50 frozen step (b 8, 224²), eval mode',
    setup: seeded((compiled) => transfer(false, compiled)),
  },
  {
    ...resnet,
    name: 'resnet-train',
    peer: 'resnet',
    title: 'ResNet-50 frozen step (b 8, 224²), train mode',
    setup: seeded((compiled) => transfer(true, compiled)),
  },
  {
    name: 'augment',
    title: 'augmentation of 64 RGB images, 224²',
    calls: 2,
    rounds: 6,
    warmup: 2,
    variants: [],
    setup: seeded(augmentation),
  },
];
