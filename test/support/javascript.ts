/** The plain-JavaScript backend beside the native one. */
import * as tf from '../../src/engine/tf';

/** Runs `work` on the plain-JavaScript backend, and goes back. */
export async function inJavaScript(work: () => void): Promise<void> {
  const native = tf.getBackend();
  await tf.setBackend('cpu');
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false; // says that a faster one is there
  try {
    tf.tidy(work);
  } finally {
    await tf.setBackend(native);
  }
}
