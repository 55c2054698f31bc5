import assert from 'node:assert/strict';

import { manualSeed, normal } from '../../../src/engine/random';
import { Judge } from '../../../src/helpers/course/digitjudge';
import { Compose, Normalize, ToTensor } from '../../../src/helpers/data/transforms';
import { Subset } from '../../../src/helpers/data/views';
import { MNIST } from '../../../src/helpers/datasets/mnist';
import { tensorsLeft } from '../../support/memory';

const transform = new Compose([new ToTensor(), new Normalize([0.5], [0.5])]);
const digits = (train: boolean) =>
  new MNIST({ train, source: 'embedded', transform, announce: () => undefined });

describe('Judge', () => {
  it('reads real digits, tells them from noise, and counts the classes', async () => {
    manualSeed(1);
    const few = new Subset(digits(true), [...Array(2000).keys()]);
    const held = digits(false);
    const of = (from: number, count: number) =>
      held.gather(Array.from({ length: count }, (_, i) => from + i));
    const [reference] = of(0, 500);
    const judge = await Judge.train(few, reference, { epochs: 3 });
    const [images, labels] = of(500, 400);
    const [real, noise] = [judge.score(images), judge.score(normal([400, 28, 28, 1]))];
    const right = real.labels.filter((label, i) => label === labels.dataSync()[i]).length / 400;
    assert.ok(right > 0.8, `${right} right`);
    assert.equal(real.classes, 10);
    assert.ok(real.confident > 0.3, `${real.confident} confident`);
    assert.ok(10 * real.frechet < noise.frechet, `${real.frechet} and ${noise.frechet}`);
    const ones = Array.from(held.labels, (_, i) => i).filter((i) => held.labels[i] === 1);
    assert.equal(judge.score(held.gather(new Array<number>(20).fill(ones[0]!))[0]).classes, 1);
    judge.dispose();
  });

  it('keeps no tensors when it scores', async () => {
    manualSeed(2);
    const [reference] = digits(false).gather([...Array(100).keys()]);
    const judge = await Judge.train(new Subset(digits(true), [...Array(64).keys()]), reference, {
      epochs: 1,
    });
    const before = await tensorsLeft();
    judge.score(reference);
    assert.ok((await tensorsLeft(before)) <= before);
    judge.dispose();
  });
});
