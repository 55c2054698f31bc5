import assert from 'node:assert/strict';

import * as optim from '../../src/helpers/optim';
import { compare, configurations as cases, described, limitOf } from '../support/configurations';

const names = [...new Set(cases.map(({ name }) => name))];

describe('Configurations beside PyTorch', () => {
  for (const name of names) {
    it(`${name}: values, gradients and tree`, () => {
      for (const one of cases.filter((other) => other.name === name)) {
        const { forward, gradient, worst, tree } = compare(one);
        assert.ok(forward <= limitOf(one), `${described(one)}: values differ by ${forward}`);
        assert.ok(gradient <= limitOf(one), `${described(one)}: ${worst} differs by ${gradient}`);
        assert.equal(tree?.actual, tree?.expected);
      }
    });
  }

  it('hold every optimizer and scheduler', () => {
    const classes = (face: object) => Object.keys(face).filter((name) => /^[A-Z]/.test(name));
    const bases = ['Optimizer', 'RuleOptimizer', 'GradScaler', 'LRScheduler', 'Scheduler'];
    const all = [...classes(optim), ...classes(optim.lrScheduler)].filter((name) => !bases.includes(name));
    assert.deepEqual(
      all.filter((name) => !names.includes(name)),
      [],
    );
  });
});
