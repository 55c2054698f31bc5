/** TensorFlow.js as it comes, for what lies below the door: the patches, and the backend they need. */
export * from '@tensorflow/tfjs';
