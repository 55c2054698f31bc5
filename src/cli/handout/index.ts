/** `tsdl handout`: the course on paper, as one HTML file and as PDF, for students or with solutions. */
import { readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { say } from '../../../bin/bootstrap/language';
import { visible } from '../../../bin/bootstrap/visible';
import { workplace } from '../../engine/backend/paths';
import { writeWhole } from '../../helpers/files/cache';
import { NOTEBOOKS } from '../run/course';
import { type Chapter, chaptersOf, leftOut } from './chapters';
import { documentHtml, type DocumentOptions } from './document';
import { Prose } from './markdown';
import { anchorPages, findBrowser, printPdf } from './pdf';
import { anchorOf, type Edition, type Section, section } from './section';

const BUILD = join(workplace(), 'build');
const EDITIONS: readonly Edition[] = ['student', 'solution'];

/** What `--help` prints. */
export const USAGE = {
  zh: `用法：npm run handout -- [选项]
  --edition student|solution   只做一个版本（默认两个都做）
  --format html|pdf            只做一种格式（默认两种都做）
  --only 03,05                 只收这几节
  --no-run                     不执行；没有执行过或执行之后改过的，用笔记本里存着的输出，并在讲义里注明
  --from 文件夹                 取这里执行过的笔记本，不再执行（默认取 build/notebooks，缺的和旧的先执行）
  --out 文件夹                  写到这里（默认 build/handout）`,
  en: `usage: npm run handout -- [options]
  --edition student|solution   one edition only (both by default)
  --format html|pdf            one format only (both by default)
  --only 03,05                 these sections only
  --no-run                     runs nothing; where there is no run or an old one, the outputs saved in the notebook are
                               taken, and the handout says so
  --from FOLDER                takes the executed notebooks here and runs nothing (by default those in build/notebooks;
                               missing and old ones are run first)
  --out FOLDER                 where they go (build/handout)`,
};

/** The arguments, read. */
export interface HandoutOptions {
  readonly editions: readonly Edition[];
  readonly formats: readonly ('html' | 'pdf')[];
  readonly only: readonly string[];
  /** Whether notebooks without an up-to-date execution are executed first. */
  readonly run: boolean;
  /** A folder of executed notebooks to take as it is. */
  readonly from: string | undefined;
  readonly out: string;
}

/** Exit code 0 when every file was written with all of its sections. */
export async function handout(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(say(USAGE));
    return 0;
  }
  try {
    const options = parseHandoutOptions(argv);
    const browser = options.formats.includes('pdf') ? findBrowser() : undefined;
    const { chapters, unreadable } = await chaptersOf(options);
    const faults = new Map<string, Error>();
    for (const edition of options.editions) {
      for (const file of makeEdition(edition, chapters, { options, browser, faults }))
        console.log(
          say({
            zh: `已写出 ${relative(process.cwd(), file)}`,
            en: `written: ${relative(process.cwd(), file)}`,
          }),
        );
    }
    for (const [name, fault] of faults) console.error(leftOut(name, fault));
    return unreadable || faults.size > 0 ? 1 : 0;
  } catch (error) {
    console.error(visible((error as Error).message));
    return 1;
  }
}

/** @throws TypeError or RangeError for options that are not there */
export function parseHandoutOptions(argv: readonly string[]): HandoutOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      edition: text,
      format: text,
      only: text,
      from: text,
      out: text,
      'no-run': { type: 'boolean', default: false },
    },
  });
  return {
    editions: choice('--edition', values.edition, EDITIONS),
    formats: choice('--format', values.format, ['html', 'pdf'] as const),
    only: values.only?.split(',').map((name) => name.trim()) ?? [],
    run: !values['no-run'],
    from: values.from === undefined ? undefined : resolve(values.from),
    out: values.out ?? join(BUILD, 'handout'),
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

/**
 * Lays out all sections of an edition. Pictures always come from the notebook's place in the course.
 * @param onFault told of a section that cannot be laid out, which is left out; without it, it throws
 */
export function sectionsOf(
  chapters: readonly Chapter[],
  edition: Edition,
  onFault?: (name: string, fault: Error) => void,
): Section[] {
  const names = new Set(chapters.map(({ name }) => name));
  return chapters.flatMap((chapter) => {
    const folder = posix.dirname(chapter.name);
    const idOf = (link: string): string | undefined => {
      const name = posix.join(folder, link);
      return names.has(name) ? anchorOf(name) : undefined;
    };
    try {
      return [section(chapter, new Prose(join(NOTEBOOKS, folder)), edition, idOf)];
    } catch (error) {
      if (!onFault) throw error;
      onFault(chapter.name, error as Error);
      return [];
    }
  });
}

interface Making {
  readonly options: HandoutOptions;
  readonly browser: string | undefined;
  /** Sections that could not be laid out, and why. */
  readonly faults: Map<string, Error>;
}

function makeEdition(
  edition: Edition,
  chapters: readonly Chapter[],
  { options: { only, formats, out }, browser, faults }: Making,
): string[] {
  const document = { edition, excerpt: only.length > 0 };
  const sections = sectionsOf(chapters, edition, (name, fault) => faults.set(name, fault));
  const base = join(out, `handout-${edition}`);
  const written: string[] = [];
  if (formats.includes('html')) {
    writeWhole(`${base}.html`, documentHtml(sections, document));
    written.push(`${base}.html`);
  }
  if (browser !== undefined) {
    writeWhole(`${base}.pdf`, pdfOf(sections, document, browser));
    written.push(`${base}.pdf`);
  }
  return written;
}

/** Prints twice: once to learn the pages, once with their numbers in the contents. */
function pdfOf(sections: readonly Section[], document: DocumentOptions, browser: string): Buffer {
  const options = { ...document, extraStyle: chineseFont() };
  const pages = anchorPages(printPdf(browser, documentHtml(sections, options)));
  return printPdf(browser, documentHtml(sections, { ...options, pages }));
}

/** A Chinese font for machines that have none, within the page: the browser may be a user who cannot read the project. */
function chineseFont(): string {
  const fonts = join(dirname(require.resolve('@embedpdf/fonts-sc')), '..', 'fonts');
  const font = readFileSync(join(fonts, 'NotoSansHans-Regular.otf')).toString('base64');
  return `@font-face { font-family: 'tsdl-sc'; src: url(data:font/otf;base64,${font}); }\n`;
}
