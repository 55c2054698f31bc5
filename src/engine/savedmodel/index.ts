/** TensorFlow's SavedModel: what Python, TensorFlow Serving and others read. */
export { exportSavedModel, LoadedModel, loadSavedModel } from './saved';
