/** `npm run gallery`: every chart in one notebook, to be looked at in JupyterLab, as HTML and as PDF. */
import { resolve } from 'node:path';

import { say } from '../../bin/bootstrap/language';
import { kernelMetadata } from '../../src/cli/run/notebook';
import { writeWhole } from '../../src/helpers/files/cache';
import type { Table } from '../../src/viz/charts/table';
import { Chart } from '../../src/viz/drawing/chart';
import { type Gallery, makeGallery } from './charts';

const DEFAULT = 'build/gallery.ipynb';

function output(thing: Chart | Table): Record<string, unknown> {
  const metadata = thing instanceof Chart ? thing.metadata() : {};
  return { output_type: 'display_data', data: thing.bundle(), metadata };
}

/** A notebook whose outputs are there already: opening it needs no kernel. */
export function galleryNotebook(gallery: Gallery): Record<string, unknown> {
  const cells = Object.entries(gallery).flatMap(([section, things], s) => [
    { cell_type: 'markdown', id: `section-${s}`, metadata: {}, source: [`## ${section}`] },
    ...things.map((thing, i) => ({
      cell_type: 'code',
      execution_count: null,
      id: `chart-${s}-${i}`,
      metadata: {},
      outputs: [output(thing)],
      source: [`// ${thing.toString().split('\n')[0] ?? ''}`],
    })),
  ]);
  const title = { cell_type: 'markdown', id: 'title', metadata: {}, source: ['# tsdl 的图'] };
  return { cells: [title, ...cells], metadata: kernelMetadata(), nbformat: 4, nbformat_minor: 5 };
}

/** Writes the gallery; `--out FILE` says where. */
export async function gallery(argv: string[]): Promise<number> {
  const at = argv.indexOf('--out');
  const out = at < 0 ? DEFAULT : argv[at + 1];
  if (out === undefined || (at < 0 && argv.length > 0)) {
    console.error(
      say({ zh: '用法：tsdl gallery [--out 文件.ipynb]', en: 'usage: tsdl gallery [--out FILE.ipynb]' }),
    );
    return 2;
  }
  const made = await makeGallery();
  const file = resolve(out);
  writeWhole(file, `${JSON.stringify(galleryNotebook(made), null, 1)}\n`);
  const count = Object.values(made).reduce((sum, things) => sum + things.length, 0);
  console.log(say({ zh: `${count} 张图写入 ${file}`, en: `${count} charts written to ${file}` }));
  return 0;
}
