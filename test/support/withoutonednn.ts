/**
 * Run by test/engine/ops/normalize.test.ts with TF_ENABLE_ONEDNN_OPTS=0: PyTorch's values and gradients by TensorFlow's own
 * kernels. Prints the rows that differ, then how many there were.
 */
import { attentionCases } from './cases/attention';
import { layerCases } from './cases/layers';
import { lossCases } from './cases/losses';
import { recurrentCases } from './cases/recurrent';
import { spatialCases } from './cases/spatial';
import { measure } from './fidelity';

const cases = [...layerCases, ...lossCases, ...recurrentCases, ...attentionCases, ...spatialCases];
for (const one of cases) {
  const { forward, gradient, worst } = measure(one);
  if (!(forward <= 1e-5 && gradient <= 1e-5)) console.log(`${one.name}: ${forward}, ${worst} ${gradient}`);
}
console.log(`${cases.length} rows`);
