/** The course's notebooks by name, in reading order. Any other notebook in the folder is the reader's own. */
import { join } from 'node:path';

import { PROJECT } from '../../engine/runtime/paths';

export const NOTEBOOKS = join(PROJECT, 'notebooks');

export const COURSE: readonly string[] = [
  '01-introduction',
  '02-setup',
  '03-neural-networks',
  '04-activations',
  '05-cnn',
  '06-rnn-lstm',
  '07-transformer',
  '08-training',
  '09-techniques',
  '10-transfer-learning',
  '11-summary',
];
