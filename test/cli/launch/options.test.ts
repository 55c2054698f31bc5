import assert from 'node:assert/strict';

import { parseLaunch } from '../../../src/cli/launch/options';

const parse = (line: string, cards = 0, config?: string) => parseLaunch(line.split(' '), cards, config);

describe('tsdl launch', () => {
  it('leaves what stands behind the program to the program', () => {
    const { plan, script, args } = parse('--workers 3 train.ts --workers 5 x');
    assert.deepEqual([plan.workers, script, args], [3, 'train.ts', ['--workers', '5', 'x']]);
  });

  it('starts a worker a card, or two', () => {
    assert.equal(parse('train.ts').plan.workers, 2);
    assert.equal(parse('train.ts', 4).plan.workers, 4);
  });

  it('starts one of several machines’ workers', () => {
    assert.deepEqual(parse('--hosts a:1,b:2 --rank 1 t.ts').plan, {
      hosts: ['a:1', 'b:2'],
      workers: 2,
      ranks: [1],
    });
    assert.equal(parse('--hosts a:1,b:2 --rank 1 t.ts').gather, 300);
    assert.throws(() => parse('--hosts a:1,b:2 t.ts'), /expected --hosts and --rank together/);
    assert.throws(
      () => parse('--hosts a:1 --rank 0 --workers 2 t.ts'),
      /expected --workers or --hosts, got both/,
    );
  });

  it('takes TF_CONFIG where nothing else is said', () => {
    const config = JSON.stringify({
      cluster: { worker: ['a:1', 'b:1'] },
      task: { type: 'worker', index: 1 },
    });
    assert.deepEqual(parse('t.ts', 0, config).plan.ranks, [1]);
    assert.deepEqual(parse('--workers 1 t.ts', 0, config).plan, { workers: 1, ranks: [0] });
  });

  it('refuses what makes no sense, by name', () => {
    assert.throws(() => parse('--workers 2'), /expected a program, got none/);
    assert.throws(
      () => parse('--restarts -1 t.ts'),
      /--restarts to be a number of at least 0, got "-1"|ambiguous/,
    );
    assert.throws(() => parse('--patience 0 t.ts'), /--patience to be a number of at least 1/);
    assert.throws(
      () => parse('--share-nothing --hosts a:1 --rank 0 t.ts'),
      /expected --share-nothing with workers of one/,
    );
    assert.throws(() => parse('--nonsense t.ts'), /nonsense/);
  });

  it('has its own values for what is not said', () => {
    const { restarts, resume, patience, gather, network, shareNothing } = parse('t.ts');
    assert.deepEqual(
      [restarts, resume, patience, gather, network, shareNothing],
      [0, false, 3, 60, undefined, false],
    );
  });
});
