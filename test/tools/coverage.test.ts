import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { coverage, PAGE } from '../../tools/coverage';

describe('docs/coverage.md', () => {
  const { text, shares } = coverage();
  const shareOf = (name: string): number => {
    const { here, apply } = shares.find(({ module }) => module === name)!;
    return here / apply;
  };

  it('is what the code says: npm run coverage:torch writes it', () => {
    assert.equal(readFileSync(PAGE, 'utf8'), text);
  });

  it('has every optimizer and every scheduler', () => {
    assert.equal(shareOf('torch.optim'), 1);
    assert.equal(shareOf('torch.optim.lr_scheduler'), 1);
  });
});
