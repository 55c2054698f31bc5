/** The models of record_language.py: how to build them and what they are fed. */
import * as tf from '../../src/engine/tf';
import { formulaInput } from '../../src/helpers/course/proof';
import { Adam } from '../../src/helpers/optim/optimizers';
import { BertForMaskedLM } from '../../src/models/bert';
import { TransformerLM } from '../../src/models/transformer';
import { Translator } from '../../src/models/translator';
import * as nn from '../../src/nn';
import type { Trainable } from './models';

const SIZES = { vocabSize: 30, dModel: 8, numHeads: 2, numLayers: 2, maxLen: 16 };
const SOURCE = 4;

/** Source and target side by side in one input, as the recording script has it. */
class Packed extends nn.Module {
  readonly translator = new Translator(SIZES);

  forward(both: tf.Tensor): tf.Tensor3D {
    const [b = 0, t = 0] = both.shape;
    const source = tf.slice(both, [0, 0], [b, SOURCE]);
    const target = tf.slice(both, [0, SOURCE], [b, t - SOURCE]);
    return this.translator.forward(source, target);
  }
}

/** Whole numbers in [least, vocabSize) by the formula; with `least` 1 the first row's source ends in padding. */
function words(shape: [number, number], least: 0 | 1): (k: number) => tf.Tensor {
  return (k) =>
    tf.tidy(() => {
      const unit = tf.div(tf.add(formulaInput(shape, k), 1), 2);
      const ids = tf.cast(tf.add(tf.floor(tf.mul(unit, SIZES.vocabSize - least)), least), 'int32');
      if (least === 0) return ids;
      const kept = Int32Array.from({ length: ids.size }, (_, i) => (i === SOURCE - 1 ? 0 : 1));
      return tf.mul(ids, tf.tensor(kept, shape, 'int32'));
    });
}

const rest = {
  classes: SIZES.vocabSize,
  perWord: true,
  optimizer: (model: nn.Module) => new Adam(model.namedParameters(), { lr: 1e-3 }),
};

export const languageModels: Readonly<Record<string, Trainable>> = {
  'TransformerLM, tied': {
    build: () => new TransformerLM({ ...SIZES, tieWeights: true }),
    batch: words([4, 7], 0),
    ...rest,
  },
  BertForMaskedLM: { build: () => new BertForMaskedLM(SIZES), batch: words([4, 7], 1), ...rest },
  Translator: { build: () => new Packed(), batch: words([4, 9], 1), targets: 4 * (9 - SOURCE), ...rest },
};
