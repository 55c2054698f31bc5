import type { Callback } from '../../train/callbacks';

/** Prints the guide's log lines while `fit` trains: progress every `every` batches, a summary an epoch. */
export function guideLog({ every = 100, print = console.log as (line: string) => void } = {}): Callback {
  let seen = 0;
  return {
    name: 'guideLog',
    looksOn: true,
    onBatchEnd({ epoch, batch, size, loss }, { samples = 0, batches = 0 }) {
      if (batch === 1) seen = 0;
      if ((batch - 1) % every === 0) {
        const percent = ((100 * (batch - 1)) / batches).toFixed(0);
        print(
          `Train Epoch: ${epoch} [${(batch - 1) * size}/${samples} (${percent}%)]\tLoss: ${loss.toFixed(6)}`,
        );
      }
      seen += size;
    },
    onEpochEnd(log, { validSamples = 0 }) {
      print(summary('Train', log.loss, log.accuracy, seen, '\n'));
      if (log.validLoss !== undefined) print(summary('Test', log.validLoss, log.validAccuracy, validSamples));
    },
    onEnd(history) {
      const best = history.best('validLoss')?.validLoss;
      if (history.ending !== 'failed' && best !== undefined) {
        print(`Training completed! Best test loss: ${best.toFixed(4)}`);
      }
    },
  };
}

function summary(
  set: string,
  loss: number,
  accuracy: number | undefined,
  samples: number,
  before = '',
): string {
  const correct =
    accuracy === undefined
      ? ''
      : `, Accuracy: ${Math.round(accuracy * samples)}/${samples} (${(100 * accuracy).toFixed(2)}%)`;
  return `${before}${set} set: Average loss: ${loss.toFixed(4)}${correct}\n`;
}
