import assert from 'node:assert/strict';

import { Chart, VEGALITE } from '../../src/viz/drawing/chart';
import { galleryNotebook } from '../../tools/gallery';
import { makeGallery } from '../../tools/gallery/charts';
import { tensorsLeft } from '../support/memory';
import { assertCompiles } from '../support/spec';

describe('gallery', function () {
  this.timeout(120_000);
  let gallery: Awaited<ReturnType<typeof makeGallery>>;
  let leaked = 0;

  before(async () => {
    const before = await tensorsLeft();
    gallery = await makeGallery();
    leaked = (await tensorsLeft()) - before;
  });

  it('compiles every chart under Vega-Lite 5.6 without a warning', () => {
    const charts = Object.values(gallery)
      .flat()
      .filter((thing) => thing instanceof Chart);
    assert.ok(charts.length >= 25, `${charts.length} charts`);
    charts.forEach(assertCompiles);
  });

  it('gives outputs a complete bundle and alternative text', () => {
    // The last of each section: drawing all of them as PNG takes a minute on a busy machine.
    const some = Object.fromEntries(
      Object.entries(gallery).map(([name, things]) => [name, things.slice(-1)]),
    );
    const { cells } = galleryNotebook(some) as {
      cells: { outputs?: { data: object; metadata: object }[] }[];
    };
    const outputs = cells.flatMap((cell) => cell.outputs ?? []);
    assert.equal(outputs.length, Object.keys(gallery).length);
    for (const { data, metadata } of outputs) {
      if (VEGALITE in data) {
        assert.deepEqual(Object.keys(data).sort(), [VEGALITE, 'image/png', 'image/svg+xml', 'text/plain']);
        assert.deepEqual(Object.keys(metadata), ['image/svg+xml', 'image/png']);
      } else assert.deepEqual(Object.keys(data), ['text/html', 'text/plain']);
    }
  });

  it('leaves no tensor behind', () => assert.ok(leaked <= 0));
});
