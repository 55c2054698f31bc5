/** PyTorch's methods on tensors; see methods.ts. */
import * as tf from '../tfjs';
import { shapeMethods } from './arrange';
import { autogradMethods, autogradProperties } from './autograd';
import { countMethods } from './counting';
import { elementwiseMethods, unaryMethods } from './elementwise';
import { extremaMethods } from './extrema';
import { indexMethods } from './indexing';
import { inPlaceMethods } from './inplace';
import { mathMethods, valueMethods } from './math';
import { linearMethods } from './matrices';
import { printMethods } from './print';
import { scatterMethods } from './putting';
import { reduceMethods } from './reduce';
import { sharedMethods } from './shared';

export * from './create';
export * from './operations';
export type { Dims, DType, Index, Nested, Operand, TensorMethods, ValuesAndIndices } from './methods';
export type * from './signatures';

/** Adds the methods; done once, when TensorFlow.js is loaded. */
export function addTensorMethods(): void {
  const { prototype } = tf.Tensor;
  const all = [
    valueMethods,
    shapeMethods,
    indexMethods,
    countMethods,
    mathMethods,
    unaryMethods,
    elementwiseMethods,
    reduceMethods,
    extremaMethods,
    linearMethods,
    scatterMethods,
    inPlaceMethods,
    autogradMethods,
    sharedMethods,
  ];
  for (const methods of [...all, printMethods]) {
    for (const key of Reflect.ownKeys(methods)) {
      const value: unknown = Reflect.get(methods, key);
      Object.defineProperty(prototype, key, { value, writable: true, configurable: true, enumerable: false });
    }
  }
  for (const [key, property] of Object.entries(autogradProperties)) {
    Object.defineProperty(prototype, key, { ...property, configurable: true, enumerable: false });
  }
}
