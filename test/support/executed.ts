/** What TensorFlow is asked to compute, one operation at a time. */
import { type Binding, nativeBackend, type OpAttribute } from '../../src/engine/backend/native';

/** An operation that was computed. */
export interface Executed {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
}

/** Runs `body`, and says which operations were computed one by one meanwhile. */
export function executedBy(body: () => void): Executed[] {
  const backend = nativeBackend()!;
  const { binding } = backend;
  const seen: Executed[] = [];
  const listening: Record<string, unknown> = {};
  for (const name of Object.getOwnPropertyNames(binding)) listening[name] = Reflect.get(binding, name);
  listening.executeOp = (...given: Parameters<Binding['executeOp']>) => {
    seen.push({ op: given[0], attributes: given[1] });
    return binding.executeOp(...given);
  };
  backend.binding = listening as unknown as Binding;
  try {
    body();
  } finally {
    backend.binding = binding;
  }
  return seen;
}
