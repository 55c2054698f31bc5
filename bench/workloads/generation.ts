/** Writing with a GPT of ten million weights, nanoGPT's for characters: one token after the other. */
import { generate } from '../../src/helpers/inspect/generate';
import { TransformerLM } from '../../src/models/transformer';
import type { Workload } from '../workload';
import { seeded } from './harness';

const WINDOW = 256;

export const generation: Workload = {
  name: 'generate',
  title: 'GPT writes 128 tokens (6 layers, d 384, 6 heads, window 256, vocab 65)',
  calls: 1,
  rounds: 8,
  warmup: 2,
  eager: false, // a window for each token, operation by operation
  variants: ['--cache', '--cache --compile'],
  setup: seeded(() => {
    const sizes = { vocabSize: 65, dModel: 384, numHeads: 6, numLayers: 6, maxLen: WINDOW };
    const model = new TransformerLM(sizes).eval();
    return () => void generate(model, [1], { count: 128, window: WINDOW });
  }),
};
