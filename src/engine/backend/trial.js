'use strict';
// Run by a bare Node in a child process: loads the binding and multiplies two matrices with it. A damaged library can
// end the process that loads it; here that is an answer, not the end of the doctor.
//   node trial.js BINDING [convolution]
const { readFileSync } = require('node:fs');

const [binding, what] = process.argv.slice(2);
const tf = require(binding);

const attribute = (name, type, value) => ({ name, type, value });
const type = attribute('T', tf.TF_ATTR_TYPE, tf.TF_FLOAT);

const two = tf.createTensor([2, 2], tf.TF_FLOAT, new Float32Array([1, 2, 3, 4]));
const flags = [
  attribute('transpose_a', tf.TF_ATTR_BOOL, false),
  attribute('transpose_b', tf.TF_ATTR_BOOL, false),
];
const [product] = tf.executeOp('MatMul', [...flags, type], [two, two], 1);
const result = {
  version: tf.TF_Version,
  gpu: tf.isUsingGpuDevice(),
  product: [...tf.tensorDataSync(product.id)],
};

if (what === 'convolution') {
  const image = tf.createTensor([1, 8, 8, 4], tf.TF_FLOAT, new Float32Array(256).fill(1));
  const filter = tf.createTensor([3, 3, 4, 8], tf.TF_FLOAT, new Float32Array(288).fill(1));
  const ones = attribute('strides', tf.TF_ATTR_INT, [1, 1, 1, 1]);
  const attributes = [
    type,
    ones,
    attribute('dilations', tf.TF_ATTR_INT, [1, 1, 1, 1]),
    attribute('padding', tf.TF_ATTR_STRING, 'VALID'),
    attribute('data_format', tf.TF_ATTR_STRING, 'NHWC'),
    attribute('use_cudnn_on_gpu', tf.TF_ATTR_BOOL, true),
  ];
  const [output] = tf.executeOp('Conv2D', attributes, [image, filter], 1);
  result.convolution = tf.tensorDataSync(output.id)[0];
}
result.libraries = cudaLibraries();

console.log(JSON.stringify(result));

/** The CUDA libraries that this process has loaded, where the system tells. cuDNN is loaded by its first use. */
function cudaLibraries() {
  try {
    const paths =
      readFileSync('/proc/self/maps', 'utf8').match(/\/\S+\/lib(cuda|cudart|cudnn|cublas)\.so\S*/g) ?? [];
    return [...new Set(paths)];
  } catch {
    return [];
  }
}
