/** npm run sbom: every npm package of package-lock.json with its licence, as CycloneDX (build/sbom.json). */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { PROJECT } from '../src/engine/backend/paths';
import { writeWhole } from '../src/helpers/files/cache';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly { license?: { id?: string; name?: string }; expression?: string }[];
}

const licence = ({ licenses = [] }: Component): string =>
  licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '').join(' AND ') ||
  '?';

const text = execFileSync(
  'npm',
  ['sbom', '--sbom-format=cyclonedx', '--package-lock-only', '--loglevel=error'],
  {
    cwd: PROJECT,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  },
);
const { components } = JSON.parse(text) as { components: Component[] };
const file = join(PROJECT, 'build', 'sbom.json');
writeWhole(file, text);
const counts = new Map<string, number>();
for (const component of components) counts.set(licence(component), (counts.get(licence(component)) ?? 0) + 1);
for (const [name, count] of [...counts].sort(([, a], [, b]) => b - a))
  console.log(String(count).padStart(5), name);
console.log(`${components.length} packages: ${file}`);
