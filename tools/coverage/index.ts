/**
 * `npm run coverage:torch`: writes docs/coverage.md, every public name of PyTorch and torchvision that
 * test/fixtures/names.json lists, with ours beside it or why there is none.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as data from '../../src/helpers/data';
import * as transforms from '../../src/helpers/data/transforms';
import * as optim from '../../src/helpers/optim';
import * as nn from '../../src/nn';
import * as F from '../../src/nn/functional';
import * as rnn from '../../src/nn/utils/rnn';
import { OTHERWISE, type Reason, REASONS } from './reasons';

const PROJECT = join(__dirname, '../..');

/** Where the page stands. */
export const PAGE = join(PROJECT, 'docs/coverage.md');

/** Our room for each of PyTorch's, and how names are written there. */
const ROOMS: Readonly<Record<string, readonly [prefix: string, room: object]>> = {
  'torch.nn': ['nn', nn],
  'torch.nn.functional': ['F', F],
  'torch.nn.init': ['nn.init', nn.init],
  'torch.nn.utils': ['nn.utils', nn.utils],
  'torch.nn.utils.rnn': ['nn.utils.rnn', rnn],
  'torch.optim': ['optim', optim],
  'torch.optim.lr_scheduler': ['optim.lrScheduler', optim.lrScheduler],
  'torchvision.transforms.v2': ['data.transforms', transforms],
  'torch.utils.data': ['data', data],
};

interface Names {
  readonly torch: string;
  readonly torchvision: string;
  readonly names: Readonly<Record<string, readonly string[]>>;
}

interface Row {
  readonly name: string;
  /** Ours, where there is one. */
  readonly ours?: string;
  /** Why there can be none. */
  readonly why?: string;
}

/** `log_softmax` → `logSoftmax`, `clip_grad_norm_` → `clipGradNorm_`; classes stay. */
const camel = (name: string): string =>
  name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function rowsOf(module: string, names: readonly string[]): Row[] {
  const [prefix, room] = ROOMS[module] ?? ['', {}];
  const reasons: readonly Reason[] = REASONS[module] ?? [];
  return names.map((name): Row => {
    const own = OTHERWISE[name] ?? camel(name);
    if (own in room) return { name, ours: `${prefix}.${own}` };
    const why = reasons.find(([pattern]) => pattern.test(name))?.[1];
    return why === undefined ? { name } : { name, why };
  });
}

/** How many names of a module are here, of how many that apply. */
interface Share {
  readonly module: string;
  readonly here: number;
  readonly apply: number;
  readonly all: number;
}

const shareOf = (module: string, rows: readonly Row[]): Share => {
  const here = rows.filter(({ ours }) => ours !== undefined).length;
  return { module, here, apply: rows.filter(({ why }) => why === undefined).length, all: rows.length };
};

/** A table as prettier writes it: columns as wide as their widest cell. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

const percent = ({ here, apply }: Share): string => `${Math.round((100 * here) / apply)} %`;

/** The page, and the share of each module. */
export function coverage(): { text: string; shares: Share[] } {
  const file = readFileSync(join(PROJECT, 'test/fixtures/names.json'), 'utf8');
  const { torch, torchvision, names } = JSON.parse(file) as Names;
  const modules = Object.entries(names).map(([module, list]) => ({ module, rows: rowsOf(module, list) }));
  const shares = modules.map(({ module, rows }) => shareOf(module, rows));
  const summary = shares.map((share) => {
    const { module, here, apply, all } = share;
    return [`\`${module}\``, String(all), String(apply), String(here), percent(share)];
  });
  const sections = modules.map(({ module, rows }) => {
    const lines = rows.map(({ name, ours, why }) => [
      `\`${name}\``,
      ours === undefined ? (why ?? 'missing') : `\`${ours}\``,
    ]);
    return `## ${module}\n\n${table(['PyTorch', 'tsdl'], lines)}`;
  });
  const intro = [
    '# PyTorch’s names and ours',
    '',
    `Made by \`npm run coverage:torch\` from the code; \`test/tools/coverage.test.ts\` holds it to that. The names are those of`,
    `PyTorch ${torch} and torchvision ${torchvision}. Names that cannot apply say why and are not counted in the share.`,
    '',
    table(['module', 'names', 'that apply', 'here', 'share'], summary),
  ].join('\n');
  return { text: `${[intro, ...sections].join('\n\n')}\n`, shares };
}

if (require.main === module) writeFileSync(PAGE, coverage().text);
