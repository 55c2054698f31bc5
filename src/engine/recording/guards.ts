/**
 * Flags that decide which operations run: `module.training`, for one. Code that branches on such a flag reads it
 * through `guard`, and a compiled function records anew whenever a flag has another value than while recording.
 * (`variable.trainable` of the variables that a function reads is guarded by the recording itself.)
 */
import { activeRecording } from './active';
import { unobserved } from './fields';

/**
 * Returns `read()`; while recording, also makes the recording depend on it (compared with `Object.is` before each
 * replay, so return a primitive or a stable object).
 * @example
 * class Layer {
 *   mode = true;
 *   get training(): boolean {
 *     return guard(() => this.mode);
 *   }
 * }
 */
export function guard<T>(read: () => T): T {
  const value = unobserved(read);
  activeRecording()?.guard(read, value);
  return value;
}
