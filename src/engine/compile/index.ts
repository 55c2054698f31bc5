/**
 * Recording functions of tensors and replaying them as one TensorFlow graph.
 * @module tsdl/engine/compile
 */
export type { HalfType } from '../graph/autocast';
export type { CompileOptions } from './recordings';
export { compile, type Compiled } from './compile';
export { dynamicScalar, dynamicTensor, type NumericType } from '../recording/dynamic';
export { CompileError } from '../recording/callsite';
export { guard } from '../recording/guards';
export { type OperationTime, profile, type Profile } from './profile';
