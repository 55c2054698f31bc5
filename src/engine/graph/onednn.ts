/** Whether TensorFlow computes by oneDNN here, as it does on x86 processors that have certain instructions, unless told not to. */
import { type Binding, DType } from '../backend/native';
import { device } from '../tf';
import { Graph } from './graph';
import { Session } from './session';

let known: boolean | undefined;

/** Found out once, by an operation that oneDNN alone has: the gradient of a convolution of groups. */
export function usesOneDnn(binding: Binding): boolean {
  return (known ??= device.kind === 'cpu' && process.arch === 'x64' && hasGroups(binding));
}

function hasGroups(binding: Binding): boolean {
  const graph = new Graph();
  const float = { kind: 'type', value: DType.float32 } as const;
  const sizes = (values: number[]) => {
    const bytes = Buffer.from(Int32Array.from(values).buffer);
    return graph.constant({ dtype: DType.int32, shape: [values.length], bytes });
  };
  // drawn, since TensorFlow would compute with constants before it chooses
  const drawn = (shape: number[]) =>
    graph.output('RandomUniform', [sizes(shape)], { dtype: float }, DType.float32);
  const inputs = [sizes([1, 3, 3, 4]), drawn([3, 3, 2, 4]), drawn([1, 1, 1, 4])];
  const slope = graph.output(
    'Conv2DBackpropInput',
    inputs,
    { strides: { kind: 'int', value: [1, 1, 1, 1] }, padding: { kind: 'string', value: 'VALID' } },
    DType.float32,
  );
  const session = Session.load(binding, graph.nodes);
  try {
    for (const { id } of session.run([], '', `${slope.node.name}:0`)) binding.deleteTensor(id);
    return true;
  } catch {
    return false; // TensorFlow's own code: "gradients of grouped convolutions are not supported"
  } finally {
    session.dispose();
  }
}
