/** Whether this TensorFlow has gradients of convolutions in groups: on a CPU oneDNN has them, TensorFlow's own code has not. */
import { AttributeKind, type Binding, DType, unheard } from './native';

let known: boolean | undefined;

/**
 * Asked of TensorFlow once, past a recording that may be under way: there nothing is computed, so that nothing would be
 * refused.
 */
export function hasGroupSlopes(): boolean {
  const binding = unheard();
  return (known ??= binding !== undefined && computes(binding));
}

function computes(binding: Binding): boolean {
  const zeros = (shape: number[]): number =>
    binding.createTensor(shape, DType.float32, new Float32Array(shape.reduce((size, one) => size * one)));
  const sizes = binding.createTensor([4], DType.int32, Int32Array.of(1, 3, 3, 4));
  const inputs = [sizes, zeros([3, 3, 2, 4]), zeros([1, 1, 1, 4])];
  try {
    const attributes = [
      { name: 'T', type: AttributeKind.type, value: DType.float32 },
      { name: 'strides', type: AttributeKind.int, value: [1, 1, 1, 1] },
      { name: 'padding', type: AttributeKind.string, value: 'VALID' },
    ];
    const outputs = binding.executeOp('Conv2DBackpropInput', attributes, inputs, 1);
    inputs.push(...outputs.map(({ id }) => id));
    return true;
  } catch {
    return false; // TensorFlow's own code: "gradients of grouped convolutions are not supported"
  } finally {
    for (const id of inputs) binding.deleteTensor(id);
  }
}
