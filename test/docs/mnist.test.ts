/** Section 8 of the guide, with its names and in its order; fewer digits and epochs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { data, datasets, io, manualSeed, memory, nn, noGrad, optim } from '../../src';
import { CNN } from '../../src/models';

const { DataLoader, Subset } = data;

describe('section 8 of the guide', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-mnist-'));
  after(() => rmSync(folder, { recursive: true }));

  it('trains, tests, schedules and saves, and prints what PyTorch prints', async () => {
    manualSeed(0);
    const lines: string[] = [];
    const print = (line: string) => lines.push(line);

    // 1. data
    const { train: trainDataset, test: testDataset } = await datasets.loadMnist({ source: 'embedded' });
    const trainLoader = new DataLoader(new Subset(trainDataset, [...Array(640).keys()]), {
      batchSize: 64,
      shuffle: true,
    });
    const testLoader = new DataLoader(new Subset(testDataset, [...Array(200).keys()]), {
      batchSize: 100,
      shuffle: false,
    });

    // 2. model
    const model = new CNN({ numClasses: 10 });

    // 3. loss and optimizer
    const criterion = nn.crossEntropy;
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.001 });
    const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, {
      mode: 'min',
      factor: 0.5,
      patience: 3,
    });

    // 4. training
    function train(epoch: number): number {
      model.train();
      let trainLoss = 0;
      let correct = 0;
      let batchIdx = 0;
      for (const [data, target] of trainLoader) {
        optimizer.zeroGrad();
        const output = model.forward(data);
        const loss = criterion(output, target);
        loss.backward();
        optimizer.step();

        trainLoss += loss.item();
        const pred = output.argmax(1, true);
        correct += pred.eq(target.viewAs(pred)).sum().item();

        if (batchIdx % 100 === 0) {
          const part = ((100 * batchIdx) / trainLoader.length).toFixed(0);
          print(
            `Train Epoch: ${epoch} [${batchIdx * 64}/${trainLoader.dataset.length} (${part}%)]\tLoss: ${loss.item().toFixed(6)}`,
          );
        }
        batchIdx++;
      }
      trainLoss /= trainLoader.length;
      const accuracy = (100 * correct) / trainLoader.dataset.length;
      print(
        `Train set: Average loss: ${trainLoss.toFixed(4)}, Accuracy: ${correct}/${trainLoader.dataset.length} (${accuracy.toFixed(2)}%)`,
      );
      return trainLoss;
    }

    // 5. testing
    function test(): number {
      model.eval();
      let testLoss = 0;
      let correct = 0;
      noGrad(() => {
        for (const [data, target] of testLoader) {
          const output = model.forward(data);
          testLoss += criterion(output, target).item();
          const pred = output.argmax(1, true);
          correct += pred.eq(target.viewAs(pred)).sum().item();
        }
      });
      testLoss /= testLoader.length;
      const accuracy = (100 * correct) / testLoader.dataset.length;
      print(
        `Test set: Average loss: ${testLoss.toFixed(4)}, Accuracy: ${correct}/${testLoader.dataset.length} (${accuracy.toFixed(2)}%)`,
      );
      return testLoss;
    }

    // 6. epochs
    let bestLoss = Infinity;
    const bytes: number[] = [];
    for (let epoch = 1; epoch <= 3; epoch++) {
      train(epoch);
      const testLoss = test();
      scheduler.step(testLoss);
      if (testLoss < bestLoss) {
        bestLoss = testLoss;
        io.saveStateDict(model, join(folder, 'best_model.safetensors'));
        print(`Saved best model with loss: ${bestLoss.toFixed(4)}`);
      }
      bytes.push(memory().bytes);
    }
    print(`Training completed! Best test loss: ${bestLoss.toFixed(4)}`);

    assert.match(lines[0] ?? '', /^Train Epoch: 1 \[0\/640 \(0%\)\]\tLoss: 2\.\d{6}$/);
    assert.match(lines.at(-1) ?? '', /^Training completed! Best test loss: \d\.\d{4}$/);
    assert.ok(bestLoss < 1.6, `best ${bestLoss}`);
    assert.ok(Math.max(...bytes) - Math.min(...bytes) < 3e6, `${bytes.join()}`); // at most a batch's results apart
  });
});
