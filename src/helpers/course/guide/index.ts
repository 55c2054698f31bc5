/**
 * What the guide defines for itself and PyTorch has otherwise: its classes beside PyTorch's would differ by the case of a
 * letter (`MultiHeadAttention`, `MultiheadAttention`). The chapters import them from here.
 * @module tsdl/helpers/course/guide
 */
export { joinHeads, splitHeads } from '../../../nn/attention';
export { MultiHeadAttention } from './attention';
export { guideLog } from './log';
export { Perceptron } from './perceptron';
export { EarlyStopping } from './stopping';
