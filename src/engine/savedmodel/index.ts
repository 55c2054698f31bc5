/**
 * TensorFlow's SavedModel: what Python, TensorFlow Serving and others read.
 * @module tsdl/engine/savedmodel
 */
export type { Port } from '../graph/proto';
export { type Exportable, exportSavedModel, LoadedModel, type LoadOptions, loadSavedModel } from './saved';
