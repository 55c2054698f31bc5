/**
 * TensorFlow.js's own `gather` reads the indices back to check them, which costs a wait at every embedding and cannot
 * be recorded. TensorFlow checks them itself (on a GPU it answers 0 for an index outside).
 */
import { AttributeKind, DType, type NativeBackend } from '../backend/native';
import * as tf from '../tfjs';

const typeNumbers: Readonly<Record<string, number>> = DType;

function gather({ inputs, attrs, backend }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const native = backend as unknown as NativeBackend;
  const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor };
  const { axis, batchDims } = attrs as unknown as { axis: number; batchDims: number };
  tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
  const axisTensor = tf.scalar(axis, 'int32');
  const type = (name: string, value: number | undefined) => ({ name, type: AttributeKind.type, value });
  const attributes = [
    { name: 'batch_dims', type: AttributeKind.int, value: batchDims },
    type('Tparams', typeNumbers[x.dtype]),
    type('Tindices', typeNumbers[indices.dtype]),
    type('Taxis', DType.int32),
  ];
  const result = native.executeSingleOutput('GatherV2', attributes, [x, indices, axisTensor]);
  axisTensor.dispose();
  return result;
}

/** Puts the form above in the place of TensorFlow.js's; done once, when `tf` is loaded. */
export function registerGather(): void {
  const backendName = 'tensorflow';
  if (!tf.getKernel('GatherV2', backendName)) return;
  tf.unregisterKernel('GatherV2', backendName);
  tf.registerKernel({ kernelName: 'GatherV2', backendName, kernelFunc: gather });
}
