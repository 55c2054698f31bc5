/** What Jupyter's own programs need to know of us: a small Python package in the environment. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { writeWhole } from '../helpers/files/cache';
import { VENV } from './interpreter';
import { SPEC } from './lspspec';
import { TRANSLATOR } from './papermill';

const ENTRY_POINTS = `[papermill.engine]
tsdl = tsdl_papermill:Engine

[jupyter_lsp_spec_v1]
tsdl = tsdl_lsp:spec
`;

const FILES: Readonly<Record<string, string>> = {
  'tsdl_papermill.py': TRANSLATOR,
  'tsdl_lsp.py': SPEC,
  'tsdl_papermill-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tsdl-papermill\nVersion: 1.0\n',
  'tsdl_papermill-1.0.dist-info/entry_points.txt': ENTRY_POINTS,
};

/** Where the environment keeps its packages; undefined where it is laid out in another way. */
function sitePackages(venv: string): string | undefined {
  const lib = join(venv, 'lib');
  const versions = existsSync(lib) ? readdirSync(lib) : [];
  return versions.map((name) => join(lib, name, 'site-packages')).find((path) => existsSync(path));
}

/** Whether the package is there as it would be now. */
export function additionsReady(venv = VENV): boolean {
  const folder = sitePackages(venv);
  if (folder === undefined) return true;
  return Object.entries(FILES).every(([name, text]) => {
    const path = join(folder, name);
    return existsSync(path) && readFileSync(path, 'utf8') === text;
  });
}

/** Puts the package into the environment. */
export function installAdditions(venv = VENV): void {
  const folder = sitePackages(venv);
  if (folder === undefined) return;
  for (const [name, text] of Object.entries(FILES)) writeWhole(join(folder, name), text);
}
