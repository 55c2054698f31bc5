/**
 * Gradients of Fourier transforms and of complex numbers, of which TensorFlow.js has none (or a wrong one, of |z|). That of
 * a complex number is ∂/∂re + i ∂/∂im, as PyTorch has it; `tf.grad` and its kin take real ones alone, `backward()` both.
 */
import * as tf from '../tfjs';
import { replaceGradient } from './register';

/** Real and imaginary parts, each changed alike. */
const both = (z: tf.Tensor, change: (x: tf.Tensor) => tf.Tensor): tf.Tensor =>
  tf.complex(change(tf.real(z)), change(tf.imag(z)));

/** Done once, when `tf` is loaded. */
export function mendSpectra(): void {
  const last = ({ shape }: tf.Tensor): number => shape.at(-1) ?? 1;
  replaceGradient({
    kernelName: 'FFT',
    gradFunc: (dy) => ({ input: () => both(tf.ifft(dy), (x) => tf.mul(x, last(dy))) }),
  });
  replaceGradient({
    kernelName: 'IFFT',
    gradFunc: (dy) => ({ input: () => both(tf.fft(dy), (x) => tf.div(x, last(dy))) }),
  });
  replaceGradient({
    kernelName: 'Complex',
    gradFunc: (dy) => ({ real: () => tf.real(dy), imag: () => tf.imag(dy) }),
  });
  replaceGradient({
    kernelName: 'Real',
    gradFunc: (dy) => ({ input: () => tf.complex(dy, tf.zerosLike(dy)) }),
  });
  replaceGradient({
    kernelName: 'Imag',
    gradFunc: (dy) => ({ input: () => tf.complex(tf.zerosLike(dy), dy) }),
  });
  replaceGradient({
    kernelName: 'ComplexAbs',
    inputsToSave: ['x'],
    gradFunc: (dy, [z]) => ({
      x: () => {
        const size = tf.abs(z);
        return both(z, (part) => tf.mul(dy, tf.divNoNan(part, size)));
      },
    }),
  });
}
