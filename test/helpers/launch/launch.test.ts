import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadStateDict } from '../../../src/helpers/io';
import { launch } from '../../../src/helpers/launch';
import * as nn from '../../../src/nn';
import { temporaryFolder } from '../../support/folder';
import { PROJECT } from '../../support/sources';

const PROGRAM = `
import * as tf from '${PROJECT}/src/engine/tf';
import { SGD } from '${PROJECT}/src/helpers/optim';
import { checkpoint, fit } from '${PROJECT}/src/helpers/train';
import * as nn from '${PROJECT}/src/nn';
const [file = '', epochs] = process.argv.slice(2);
if (epochs === 'wrong') throw new RangeError('Cannot begin: expected epochs, got wrong');
const model = new nn.Linear(3, 2);
const train = [[tf.ones([4, 3]), tf.zeros([4], 'int32')]] as const;
void fit(model, {
  epochs: Number(epochs),
  train,
  loss: nn.crossEntropy as never,
  optimizer: new SGD(model.parameters(), { lr: 0.1 }),
  callbacks: [checkpoint(file)],
});
`;

describe('launch', function () {
  this.timeout(60_000);
  const file = temporaryFolder();
  const start = (epochs: string, resume = false) => {
    const script = file('program.ts');
    writeFileSync(script, PROGRAM);
    const args = [file('last.safetensors'), epochs];
    return launch(script, { workers: 1, args, display: false, resume });
  };

  it('gives back history and weights, and goes on where a run has stopped', async () => {
    const first = await start('2');
    assert.equal(first.history.ending, 'finished');
    assert.equal(first.history.epochs.length, 2);
    const { history, weights } = await start('3', true);
    assert.equal(history.epochs.length, 3);
    assert.deepEqual(history.steps.loss.slice(0, 2), first.history.steps.loss);
    const model = new nn.Linear(3, 2);
    const before = model.weight.arraySync();
    await loadStateDict(model, weights);
    assert.notDeepEqual(model.weight.arraySync(), before);
  });

  it('says the last words of a program that fails, and that there is none', async () => {
    await assert.rejects(
      start('wrong'),
      /Cannot train in 1 workers: [^]*RangeError: Cannot begin: expected epochs/,
    );
    const none = join(__dirname, 'nowhere.ts');
    await assert.rejects(launch(none, { workers: 1 }), /^RangeError: Cannot launch: expected a file, got/);
  });
});
