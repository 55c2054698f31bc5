/**
 * Einstein's notation by products of matrices, two operands at a time, as PyTorch computes it. TensorFlow.js's takes two
 * operands, no dots and no repeated letter.
 */
import * as tf from '../tfjs';
import { diagonalOf } from './matrices';

/** A tensor and a letter for each of its dimensions. */
interface Term {
  readonly x: tf.Tensor;
  readonly labels: string;
}

const fail = (equation: string, expected: string, got: string): TypeError =>
  new TypeError(`Cannot compute einsum('${equation}'): expected ${expected}, got ${got}`);

/** Letters for dots, which stand for as many dimensions as are not named: from a range that nobody writes. */
const dotted = (count: number): string =>
  String.fromCharCode(...Array.from({ length: count }, (_, i) => 0x2460 + 20 - count + i));

/** Letters of the operands and of the result. */
function parsed(equation: string, tensors: readonly tf.Tensor[]): [Term[], string] {
  const [left = '', right] = equation.replace(/\s/g, '').split('->');
  const given = left.split(',');
  if (given.length !== tensors.length)
    throw fail(equation, `${given.length} tensors`, String(tensors.length));
  let most = 0;
  const terms = given.map((term, i): Term => {
    const x = tensors[i] ?? tf.zeros([]); // there are as many
    const letters = term.replace('...', '');
    const rest = x.rank - letters.length;
    const fits = term.includes('...') ? rest >= 0 : rest === 0;
    if (!fits || !/^[A-Za-z]*$/.test(letters)) {
      throw fail(
        equation,
        `a letter for each dimension of operand ${i + 1}, [${x.shape.join(', ')}]`,
        `'${term}'`,
      );
    }
    most = Math.max(most, rest);
    return { x, labels: term.replace('...', dotted(rest)) };
  });
  const out = right === undefined ? implicit(terms, most) : right.replace('...', dotted(most));
  const known = terms.map(({ labels }) => labels).join('');
  const wrong = [...out].find((label, i) => !known.includes(label) || out.indexOf(label) < i);
  if (wrong !== undefined)
    throw fail(equation, 'letters of the operands, each once, behind the arrow', `'${right}'`);
  return [terms, out];
}

/** Without an arrow: the dots, then all letters that stand once, in the order of the alphabet. */
function implicit(terms: readonly Term[], dots: number): string {
  const all = terms.flatMap(({ labels }) => [...labels]).filter((label) => /[A-Za-z]/.test(label));
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
  return dotted(dots) + once.join('');
}

/** With each letter once: the diagonal of what stands twice. */
function withoutRepeats({ x, labels }: Term): Term {
  const at = [...labels].findIndex((label, i) => labels.indexOf(label) < i);
  if (at < 0) return { x, labels };
  const label = labels.charAt(at);
  const rest = [...labels].filter((_, i) => i !== at && i !== labels.indexOf(label)).join('');
  return withoutRepeats({ x: diagonalOf(x, 0, labels.indexOf(label), at), labels: rest + label });
}

/** With sizes of 1 where a letter stands for more elsewhere left as they are, and letters that nobody needs summed. */
function summed({ x, labels }: Term, needed: string): Term {
  const axes = [...labels].flatMap((label, i) => (needed.includes(label) ? [] : [i]));
  const left = [...labels].filter((label) => needed.includes(label)).join('');
  return axes.length > 0 ? { x: tf.sum(x, axes), labels: left } : { x, labels };
}

const total = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1);

/** The product of two terms, summed over the letters of both that are not needed any more. */
function paired(a: Term, b: Term, needed: string, sizes: ReadonlyMap<string, number>): Term {
  const [one, two] = [summed(a, needed + b.labels), summed(b, needed + a.labels)];
  const both = [...one.labels].filter((label) => two.labels.includes(label));
  const [batch, inner] = [
    both.filter((label) => needed.includes(label)),
    both.filter((label) => !needed.includes(label)),
  ];
  const own = (term: Term): string[] => [...term.labels].filter((label) => !both.includes(label));
  const [left, right] = [own(one), own(two)];
  const size = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label) ?? 1);
  const matrix = (term: Term, labels: readonly string[], shape: readonly number[]): tf.Tensor => {
    const wide = tf.broadcastTo(term.x, size([...term.labels]));
    return tf.reshape(tf.transpose(wide, labels.map((label) => term.labels.indexOf(label))), [...shape]); // prettier-ignore
  };
  const count = total(size(batch));
  const rows = matrix(one, [...batch, ...left, ...inner], [count, total(size(left)), total(size(inner))]);
  const columns = matrix(
    two,
    [...batch, ...inner, ...right],
    [count, total(size(inner)), total(size(right))],
  );
  const labels = [...batch, ...left, ...right];
  return { x: tf.reshape(tf.matMul(rows, columns), size(labels)), labels: labels.join('') };
}

/** The size of each letter. @throws TypeError for a letter of two sizes, unless one is 1 */
function sizesOf(equation: string, terms: readonly Term[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { x, labels } of terms) {
    for (const [i, label] of [...labels].entries()) {
      const [before = 1, size = 1] = [sizes.get(label), x.shape[i]];
      if (before !== size && before !== 1 && size !== 1) {
        throw fail(equation, `one size for '${label}'`, `${before} and ${size}`);
      }
      sizes.set(label, before === 1 ? size : before);
    }
  }
  return sizes;
}

/**
 * Sums of products by Einstein's notation: `einsum('ij,jk->ik', a, b)`, as `torch.einsum`.
 * @throws TypeError for letters that do not fit the tensors
 */
export function einsum(equation: string, ...tensors: tf.Tensor[]): tf.Tensor {
  const [terms, out] = parsed(equation, tensors);
  const sizes = sizesOf(equation, terms);
  const [first, ...others] = terms.map(withoutRepeats) as [Term, ...Term[]];
  let term = first;
  for (const [i, other] of others.entries()) {
    const later = others.slice(i + 1).map(({ labels }) => labels).join(''); // prettier-ignore
    term = paired(term, other, out + later, sizes);
  }
  const { x, labels } = summed(term, out);
  return tf.transpose(x, [...out].map((label) => labels.indexOf(label))); // prettier-ignore
}
