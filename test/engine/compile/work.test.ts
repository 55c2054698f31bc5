import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { changeable, nativeBackend } from '../../../src/engine/backend/native';
import { compile } from '../../../src/engine/compile';
import { workOf, WORTH_THREADS } from '../../../src/engine/compile/work';
import { Graph } from '../../../src/engine/graph/graph';
import { encodeSavedModel } from '../../../src/engine/graph/proto';
import * as tf from '../../../src/engine/tf';

const turned = (name: string) => ({ [name]: { kind: 'bool', value: true } }) as const;

describe('workOf', () => {
  it('counts the multiplications and additions of products, however their factors lie', () => {
    assert.equal(
      workOf(
        'BatchMatMulV2',
        {},
        [
          [2, 3, 4],
          [2, 4, 5],
        ],
        [[2, 3, 5]],
      ),
      2 * 2 * 3 * 4 * 5,
    );
    assert.equal(
      workOf(
        'BatchMatMulV2',
        turned('adj_x'),
        [
          [4, 3],
          [4, 5],
        ],
        [[3, 5]],
      ),
      2 * 3 * 4 * 5,
    );
    assert.equal(
      workOf(
        'MatMul',
        turned('transpose_a'),
        [
          [4, 3],
          [4, 5],
        ],
        [[3, 5]],
      ),
      2 * 3 * 4 * 5,
    );
  });

  it('counts as much for a convolution as for each of its gradients', () => {
    const [x, kernel, y] = [
      [2, 8, 8, 3],
      [5, 5, 3, 7],
      [2, 8, 8, 7],
    ];
    const products = 2 * (2 * 8 * 8 * 7) * (5 * 5 * 3);
    assert.equal(workOf('Conv2D', {}, [x, kernel], [y]), products);
    assert.equal(workOf('Conv2DBackpropInput', {}, [[4], kernel, y], [x]), products);
    assert.equal(workOf('Conv2DBackpropFilter', {}, [x, [4], y], [kernel]), products);
    const deep = [5, 5, 3, 2];
    const wide = [2, 8, 8, 6];
    assert.equal(workOf('DepthwiseConv2dNative', {}, [x, deep], [wide]), 2 * (2 * 8 * 8 * 6) * 25);
  });

  it('takes views for nothing and a gather for what it gives', () => {
    assert.equal(workOf('Reshape', {}, [[1000], [2]], [[10, 100]]), 0);
    const gathered = workOf('GatherV2', {}, [[10_000, 100], [5], []], [[5, 100]]);
    assert.equal(gathered, workOf('Relu', {}, [[5, 100]], [[5, 100]]));
  });
});

describe('the threads of a recording', () => {
  const backend = nativeBackend();

  /** The files that a function's recording was loaded from. */
  function filesOf(fn: (x: tf.Tensor2D) => tf.Tensor, size: number): string[] {
    assert.ok(backend);
    const { binding } = backend;
    const files: string[] = [];
    backend.binding = Object.assign(changeable(binding), {
      loadSavedModel(dir: string, tags: string) {
        files.push(...readdirSync(dir));
        return binding.loadSavedModel(dir, tags);
      },
    });
    const compiled = compile(fn);
    try {
      const x = tf.ones<tf.Rank.R2>([size, size]);
      tf.dispose([compiled(x), x]);
    } finally {
      backend.binding = binding;
      compiled.dispose();
    }
    return files.sort();
  }

  it('is one where there is little to do', function () {
    if (tf.device.kind !== 'cpu' || process.env.TF_OVERRIDE_GLOBAL_THREADPOOL !== '1') this.skip();
    assert.deepEqual(
      filesOf((x) => tf.matMul(x, x), 8),
      ['saved_model.pb', 'session_config.pb'],
    );
    const large = Math.ceil(Math.cbrt(WORTH_THREADS / 2));
    assert.deepEqual(
      filesOf((x) => tf.matMul(x, x), large),
      ['saved_model.pb'],
    );
  });

  it('comes from the configuration beside a recording, not from one beside what others wrote', function () {
    if (!backend) this.skip();
    const { binding } = backend;
    const dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'));
    const graph = new Graph();
    graph.ready([]);
    const write = (tag: string) =>
      writeFileSync(join(dir, 'saved_model.pb'), encodeSavedModel(graph.nodes, tag, binding.TF_Version));
    try {
      writeFileSync(join(dir, 'session_config.pb'), Buffer.from([0xff]));
      write('tsdl');
      assert.throws(() => binding.loadSavedModel(dir, 'tsdl'), /Unparseable ConfigProto/);
      write('serve');
      binding.deleteSavedModel(binding.loadSavedModel(dir, 'serve'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
