import assert from 'node:assert/strict';

import type { Session } from '../../../src/kernel/language/session';
import { openSession } from '../../support/session';

describe('Hover', function () {
  this.timeout(60_000);
  let session: Session;
  let close: () => void;

  before(() => {
    ({ session, close } = openSession());
    const imports = [
      "import * as tf from 'tsdl/engine/tf';",
      "import * as nn from 'tsdl/nn';",
      "import { Adam } from 'tsdl/helpers/optim/optimizers';",
      'const layer = new nn.Linear(2, 3);',
      '/** Twice as much. */',
      'const twice = (a: number) => 2 * a;',
      '[tf, Adam, layer, twice]',
    ];
    assert.ok('cell' in session.compile(imports.join('\n')));
    session.commit([]);
  });
  after(() => close());

  /** Signature and documentation for the name at the end of `code`. */
  const hover = (code: string): string =>
    (session.inspect(code, code.length, 0)?.data['text/plain'] as string | undefined) ?? 'nothing';

  it("shows what a tfjs function says of itself, without marks for its authors' tools", () => {
    const text = hover('tf.separableConv2d');
    assert.match(text, /^const separableConv2d: <T extends Tensor3D/);
    assert.match(text, /2-D convolution with separable filters\./);
    assert.match(text, /@param depthwiseFilter The depthwise filter tensor, rank 4/);
    assert.doesNotMatch(text, /alias|export separableConv2d|@doc/);
    assert.match(hover('tf.tidy'), /^function tidy<T .*\n\nExecutes the provided function/);
  });

  it("shows tsdl's layers and optimizers, and a constructor's parameters inside the call", () => {
    assert.match(hover('nn.Linear'), /^class Linear\n\ny = x Wᵀ \+ b/);
    assert.match(hover('new nn.Linear(2'), /^constructor Linear\(inFeatures: number, .*y = x Wᵀ/s);
    assert.match(hover('Adam'), /^class Adam\n\nAdam \(Kingma and Ba/);
  });

  it('shows names of earlier cells with their comments, and modules by their name', () => {
    assert.equal(hover('layer'), 'const layer: nn.Linear');
    assert.equal(hover('twice'), 'const twice: (a: number) => number\n\nTwice as much.');
    assert.equal(hover('tf'), 'import tf');
  });

  it('shows nothing for a name that nothing declares, and any for what has that type', () => {
    assert.equal(hover('undeclaredName'), 'nothing');
    assert.match(hover('JSON.parse("").field'), /any/);
  });
});
