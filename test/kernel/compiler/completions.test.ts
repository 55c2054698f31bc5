import assert from 'node:assert/strict';

import type { Session } from '../../../src/kernel/language/session';
import { openSession } from '../../support/session';

describe('Completions', function () {
  this.timeout(60_000);
  let session: Session;
  let close: () => void;

  before(() => {
    ({ session, close } = openSession());
    const code =
      "import * as tf from 'tsdl/engine/tf';\nimport { Adam, type Optimizer } from 'tsdl/helpers/optim/optimizers';";
    assert.ok('cell' in session.compile(`${code}\nconst width = 3; [tf, Adam]; ({}) as Optimizer`));
    session.commit([]);
  });
  after(() => close());

  const kindOf = (code: string, name: string): string | undefined =>
    session.complete(code, code.length).items.find(({ text }) => text === name)?.kind;

  it('gives names behind a namespace the kind of what they stand for', () => {
    assert.equal(kindOf('tf.', 'matMul'), 'function');
    assert.equal(kindOf('tf.', 'Tensor'), 'class');
    assert.equal(kindOf('tf.', 'train'), 'const');
    assert.equal(kindOf('tf.', 'losses'), 'const');
    assert.equal(kindOf('tf.', 'io'), 'module');
  });

  it('gives imported names of earlier cells the kind of what they stand for', () => {
    assert.equal(kindOf('Ada', 'Adam'), 'class');
    assert.equal(kindOf('t', 'tf'), 'module');
    assert.equal(kindOf('wid', 'width'), 'const');
  });

  it('leaves no candidate of tf with the kind alias', () => {
    const aliases = session.complete('tf.', 3).items.filter(({ kind }) => kind === 'alias');
    assert.deepEqual(aliases, []);
  });
});
