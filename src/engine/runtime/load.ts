/** Registers the native TensorFlow backend under the name `tensorflow`. Stands in until the runtime folder is complete. */
process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
import '@tensorflow/tfjs-node-gpu';
