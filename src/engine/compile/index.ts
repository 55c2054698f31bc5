/** Recording functions of tensors and replaying them as one TensorFlow graph. */
export type { HalfType } from './autocast';
export { compile, type Compiled, type CompileOptions } from './compile';
export { dynamicScalar, dynamicTensor } from './dynamic';
export { CompileError } from './errors';
export { guard } from './guards';
export { type OperationTime, profile, type Profile } from './profile';
export { exportSavedModel, LoadedModel, loadSavedModel } from './saved';
