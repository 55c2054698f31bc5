import assert from 'node:assert/strict';

import * as nn from '../../src/nn';

/** A program that is run without its types being checked is told so by the layer, not by what meets it first. */
describe('sizes that are none', () => {
  type Constructor = new (...sizes: unknown[]) => nn.Module;
  /** These take no sizes, or any number. */
  const others = /Pad\dd$|^(Threshold|Unflatten|Module\w*|Sequential)$/;
  const layers = Object.entries(nn as unknown as Record<string, Constructor>).filter(
    ([name, { prototype, length }]) =>
      (prototype as unknown) instanceof nn.Module && length > 0 && !others.test(name),
  );

  for (const [name, Layer] of layers) {
    it(`are refused by ${name}`, () => {
      for (const size of [NaN, -1, 2.5, '4', undefined]) {
        assert.throws(() => new Layer(size, size, size), /^(Range|Type)Error: Cannot/, String(size));
      }
    });
  }
});
