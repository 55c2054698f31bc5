/**
 * npm run advisories -- --advisories FOLDER: the packages of package-lock.json and requirements.txt beside an export of the
 * OSV database (https://osv.dev: one JSON file an advisory). Exit code 1 where a pinned version is affected.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compareVersions } from '../src/setup/nvidia';

/** A pinned package. */
export interface Pin {
  readonly ecosystem: 'npm' | 'PyPI';
  readonly name: string;
  readonly version: string;
}

interface Event {
  readonly introduced?: string;
  readonly fixed?: string;
  readonly last_affected?: string;
}

/** An advisory, as far as it is looked at. */
export interface Advisory {
  readonly id: string;
  readonly summary?: string;
  readonly withdrawn?: string;
  readonly affected?: readonly {
    readonly package?: { readonly ecosystem?: string; readonly name?: string };
    readonly versions?: readonly string[];
    readonly ranges?: readonly { readonly type?: string; readonly events?: readonly Event[] }[];
  }[];
}

/** Names of Python packages as PEP 503 has them. */
const plainName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

/** The packages that the two files pin. */
export function pinsOf(lock: string, requirements: string): Pin[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, { version?: string }> };
  const npm = Object.entries(packages).flatMap(([path, { version }]): Pin[] => {
    const name = path.split('node_modules/').at(-1) ?? '';
    return path === '' || version === undefined ? [] : [{ ecosystem: 'npm', name, version }];
  });
  const python = [...requirements.matchAll(/^([A-Za-z0-9._-]+)==([^\s;\\]+)/gm)].map(
    ([, name = '', version = '']): Pin => ({ ecosystem: 'PyPI', name: plainName(name), version }),
  );
  return [...npm, ...python];
}

/** Whether a version lies in a range of events: behind what introduced a fault, before what mended it. */
function within(version: string, events: readonly Event[]): boolean {
  let affected = false;
  for (const { introduced, fixed, last_affected: last } of events) {
    if (introduced !== undefined && (introduced === '0' || compareVersions(version, introduced) >= 0))
      affected = true;
    if (fixed !== undefined && compareVersions(version, fixed) >= 0) affected = false;
    if (last !== undefined && compareVersions(version, last) > 0) affected = false;
  }
  return affected;
}

/** Pins that an advisory names. */
export function affected(pins: readonly Pin[], { withdrawn, affected: parts = [] }: Advisory): Pin[] {
  if (withdrawn !== undefined) return [];
  return pins.filter((pin) =>
    parts.some(({ package: { ecosystem, name = '' } = {}, versions = [], ranges = [] }) => {
      const same =
        ecosystem === pin.ecosystem && (pin.ecosystem === 'npm' ? name : plainName(name)) === pin.name;
      if (!same) return false;
      const ordered = ranges.filter(({ type }) => type !== 'GIT');
      return versions.includes(pin.version) || ordered.some(({ events = [] }) => within(pin.version, events));
    }),
  );
}

/** Compares the pins of `project` with the advisories of a folder; prints what is affected, gives the exit code. */
export function audit(project: string, folder: string, print: (line: string) => void = console.log): number {
  const read = (name: string): string => readFileSync(join(project, name), 'utf8');
  const pins = pinsOf(read('package-lock.json'), read('requirements.txt'));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  if (files.length === 0)
    throw new RangeError(`Cannot audit: expected JSON files of OSV in ${folder}, got none`);
  const found = files.flatMap((file) => {
    const advisory = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Advisory;
    return affected(pins, advisory).map(
      ({ name, version }) => `${advisory.id} ${name} ${version}: ${advisory.summary ?? ''}`,
    );
  });
  for (const line of found) print(line);
  print(`${pins.length} packages, ${files.length} advisories, ${found.length} found`);
  return found.length > 0 ? 1 : 0;
}

if (require.main === module) {
  const { values } = parseArgs({ options: { advisories: { type: 'string' } } });
  if (values.advisories === undefined)
    throw new RangeError('Cannot audit: expected --advisories FOLDER, got none');
  process.exitCode = audit(join(__dirname, '..'), values.advisories);
}
