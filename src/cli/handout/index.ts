/** `tsdl handout`: the course on paper, as one HTML file and as PDF, for students or with solutions. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { say } from '../../../bin/bootstrap/language';
import { PROJECT } from '../../engine/backend/paths';
import { writeWhole } from '../../helpers/files/cache';
import { type Notebook, parseNotebook } from '../run/notebook';
import { documentHtml } from './document';
import { Prose } from './markdown';
import { anchorPages, findBrowser, printPdf } from './pdf';
import { type Edition, type Section, section } from './section';

const ROOT = PROJECT;
const EDITIONS: readonly Edition[] = ['student', 'solution'];

export const USAGE = {
  zh: `用法：npm run handout -- [选项]
  --edition student|solution   只做一个版本（默认两个都做）
  --format html|pdf            只做一种格式（默认两种都做）
  --only 03,05                 只收这几节
  --from 文件夹                 取这里的笔记本（默认 build/notebooks，没有时用 notebooks）
  --out 文件夹                  写到这里（默认 build/handout）`,
  en: `usage: npm run handout -- [options]
  --edition student|solution   one edition only (both by default)
  --format html|pdf            one format only (both by default)
  --only 03,05                 these sections only
  --from FOLDER                where the notebooks are taken from (build/notebooks, or notebooks where that is missing)
  --out FOLDER                 where they go (build/handout)`,
};

export interface HandoutOptions {
  readonly editions: readonly Edition[];
  readonly formats: readonly ('html' | 'pdf')[];
  readonly only: readonly string[];
  readonly from: string;
  readonly out: string;
}

/** Exit code 0 when every file was written. */
// eslint-disable-next-line @typescript-eslint/require-await -- every sub-command has this signature
export async function handout(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(say(USAGE));
    return 0;
  }
  try {
    const options = parseHandoutOptions(argv);
    const browser = options.formats.includes('pdf') ? findBrowser() : undefined;
    for (const edition of options.editions) {
      for (const file of makeEdition(edition, options, browser))
        console.log(
          say({
            zh: `已写出 ${relative(process.cwd(), file)}`,
            en: `written: ${relative(process.cwd(), file)}`,
          }),
        );
    }
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

/** @throws TypeError or RangeError for options that are not there */
export function parseHandoutOptions(argv: readonly string[]): HandoutOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { edition: text, format: text, only: text, from: text, out: text },
  });
  const executed = join(ROOT, 'build', 'notebooks');
  return {
    editions: choice('--edition', values.edition, EDITIONS),
    formats: choice('--format', values.format, ['html', 'pdf'] as const),
    only: values.only?.split(',').map((name) => name.trim()) ?? [],
    from: values.from ?? (existsSync(executed) ? executed : join(ROOT, 'notebooks')),
    out: values.out ?? join(ROOT, 'build', 'handout'),
  };
}

function choice<T extends string>(name: string, value: string | undefined, all: readonly T[]): readonly T[] {
  if (value === undefined) return all;
  const chosen = all.find((one) => one === value);
  if (chosen === undefined) {
    throw new RangeError(
      `Cannot make handout: expected ${name} ${all.join(' or ')}, got ${value}\n\n${say(USAGE)}`,
    );
  }
  return [chosen];
}

/** The notebooks to print, by name, in reading order. @throws RangeError when there is none */
export function readNotebooks(folder: string, only: readonly string[]): [string, Notebook][] {
  const names = readdirSync(folder)
    .filter((file) => /^\d\d-[\w-]+\.ipynb$/.test(file))
    .map((file) => file.slice(0, -'.ipynb'.length))
    .filter((name) => only.length === 0 || only.some((wanted) => name.startsWith(wanted)))
    .sort();
  if (names.length === 0) {
    throw new RangeError(
      `Cannot make handout: expected notebooks${only.length > 0 ? ` ${only.join(', ')}` : ''} in ${folder}, got none`,
    );
  }
  return names.map((name) => [
    name,
    parseNotebook(readFileSync(join(folder, `${name}.ipynb`), 'utf8'), name),
  ]);
}

/** Lays out all sections of an edition. Pictures always come from the course's own folder. */
export function sectionsOf(notebooks: readonly [string, Notebook][], edition: Edition): Section[] {
  const prose = new Prose(join(ROOT, 'notebooks'));
  const names = new Set(notebooks.map(([name]) => name));
  const idOf = (name: string): string | undefined => (names.has(name) ? name : undefined);
  return notebooks.map(([name, notebook]) => section(name, notebook, prose, edition, idOf));
}

function makeEdition(edition: Edition, options: HandoutOptions, browser: string | undefined): string[] {
  const sections = sectionsOf(readNotebooks(options.from, options.only), edition);
  const base = join(options.out, `handout-${edition}`);
  const written: string[] = [];
  if (options.formats.includes('html')) {
    writeWhole(`${base}.html`, documentHtml(sections, { edition }));
    written.push(`${base}.html`);
  }
  if (browser !== undefined) {
    writeWhole(`${base}.pdf`, pdfOf(sections, edition, browser));
    written.push(`${base}.pdf`);
  }
  return written;
}

/** Prints twice: once to learn the pages, once with their numbers in the contents. */
function pdfOf(sections: readonly Section[], edition: Edition, browser: string): Buffer {
  const extraStyle = chineseFont();
  const pages = anchorPages(printPdf(browser, documentHtml(sections, { edition, extraStyle })));
  return printPdf(browser, documentHtml(sections, { edition, pages, extraStyle }));
}

/** A Chinese font for machines that have none; it ends up in the PDF, its address does not. */
function chineseFont(): string {
  const font = join(ROOT, 'node_modules', '@embedpdf', 'fonts-sc', 'fonts', 'NotoSansHans-Regular.otf');
  if (!existsSync(font)) return '';
  return `@font-face { font-family: 'tsdl-sc'; src: url('${pathToFileURL(font).href}'); }\n`;
}
