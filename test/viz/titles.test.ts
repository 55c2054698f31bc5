/**
 * 525 odd titles and labels: 75 texts in 7 charts. Each is drawn, says what it says, and runs nothing. Here each text in
 * one chart or two; all of them, and random ones, in `npm run test:faults`.
 */
import assert from 'node:assert/strict';

import { printable } from '../../src/viz/drawing/printable';
import { assertDrawn, CHARTS, CONTROLS, ODD } from '../support/oddtitles';

/** Of how many one is drawn. */
const SHARE = 5;

describe('titles and labels of charts', () => {
  it('are 525', () => assert.equal(ODD.length * Object.keys(CHARTS).length, 525));

  for (const [place, [name, draw]] of Object.entries(CHARTS).entries()) {
    it(`of ${name} may be anything`, function () {
      this.timeout(60_000);
      for (const odd of ODD.filter((_, i) => (i + place) % SHARE === 0)) assertDrawn(draw, odd);
    });
  }

  it('come into pictures of pixels, too', function () {
    this.timeout(60_000);
    for (const odd of ODD.filter((_, i) => i % 9 === 0))
      assert.ok((CHARTS.barChart?.(odd).png(1).length ?? 0) > 1000);
  });

  it('that differ by what is not shown still differ', () => {
    assert.equal(new Set(CONTROLS.map(printable)).size, CONTROLS.length);
    assert.equal(printable('plain 图 🎉\n\t"\\'), 'plain 图 🎉\n\t"\\');
  });
});
