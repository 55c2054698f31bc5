/** A notebook's prose as HTML that needs nothing from outside: formulas set, pictures inlined, code coloured. */
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';

import formulas from '@vscode/markdown-it-katex';
import katex, { type KatexOptions } from 'katex';
import MarkdownIt from 'markdown-it';

import { enclosed } from '../run/enclosed';
import { highlight } from './highlight';
import { sanitized } from './sanitized';

/** Text for HTML. */
export const { escapeHtml } = new MarkdownIt().utils;

/** HTML's entities for what `escapeHtml` escapes, as text again. */
export const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

const MEDIA: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.gif': 'image/gif',
};

/** Turns the markdown of notebooks in one folder into HTML. */
export class Prose {
  private readonly parser = new MarkdownIt({ html: true, highlight }).use(formulas, {
    katex: { ...katex, renderToString: formula },
  });

  /** @param folder where relative links and pictures start from */
  constructor(private readonly folder: string) {}

  /**
   * @param idOf anchor of another section that is in the same document, by the link's path without ending; links to it stay, other relative ones
   * become plain text, since they lead nowhere on paper
   * @throws RangeError when a picture is not there or not below the folder, SyntaxError for a formula that KaTeX cannot set
   */
  html(markdown: string, idOf: (link: string) => string | undefined): string {
    return this.withPictures(withLinks(sanitized(withFormulas(this.parser.render(markdown))), idOf));
  }

  private withPictures(html: string): string {
    // a figure is no part of a paragraph: browsers would close it before and leave an empty one, which parts it from its heading
    return html.replace(/<p><img ([^>]*)><\/p>|<img ([^>]*)>/g, (whole, alone?: string, within = '') => {
      const attributes = alone ?? (within as string);
      const [src, alt = ''] = ['src', 'alt'].map(
        (name) => new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1],
      );
      if (src === undefined) return alt; // it lies elsewhere, and nothing is fetched
      if (src.startsWith('data:')) return whole;
      const shown = unescaped(src);
      const file = enclosed(this.folder, decodeURI(shown));
      if (file === undefined) {
        throw new RangeError(
          `Cannot make handout: expected a picture below the notebook's folder, got "${shown}"`,
        );
      }
      return `<figure>${picture(file, alt)}<figcaption>${alt}</figcaption></figure>`;
    });
  }
}

function picture(file: string, alt: string): string {
  if (extname(file) === '.svg') {
    // Several pictures share one document: their ids must not meet.
    const prefix = basename(file, '.svg');
    const svg = sanitized(readFileSync(file, 'utf8').replace(/<\?xml[^>]*>|<!DOCTYPE[^>]*>/g, ''));
    return svg.replace(/\bid="(\w+)"/g, `id="${prefix}-$1"`).replace(/url\(#(\w+)\)/g, `url(#${prefix}-$1)`);
  }
  const type = MEDIA[extname(file)] ?? 'application/octet-stream';
  return `<img src="data:${type};base64,${readFileSync(file).toString('base64')}" alt="${alt}">`;
}

/** Longest rule or space of a formula, in em: a page is 45 wide. */
const MOST_EM = 100;

/** Chinese inside a formula is meant; what KaTeX cannot set is an error. */
function formula(tex: string, options?: KatexOptions): string {
  return katex.renderToString(tex, { ...options, strict: false, throwOnError: true, maxSize: MOST_EM });
}

/** The plugin prints a formula that failed in red; on paper nobody would mend it. */
function withFormulas(html: string): string {
  const failed = /katex-error" title="([^"]*)">([^<]*)/.exec(html);
  if (!failed) return html;
  throw new SyntaxError(
    `Cannot make handout: expected formulas that KaTeX sets, got ${failed[1]} (${failed[2]})`,
  );
}

function withLinks(html: string, idOf: (notebook: string) => string | undefined): string {
  return html.replace(/<a(?: [^>]*)?>([\s\S]*?)<\/a>/g, (whole: string, text: string) => {
    const href = /^<a[^>]* href="([^"]+)"/.exec(whole)?.[1];
    if (href === undefined) return text;
    if (href.startsWith('#')) return whole;
    const notebook = /^([\w./-]+)\.ipynb$/.exec(href)?.[1];
    const id = notebook === undefined ? undefined : idOf(notebook);
    if (id !== undefined) return `<a href="#${id}">${text}</a>`;
    return /^https?:/.test(href) ? `${text}（${href.replace(/^https?:\/\//, '')}）` : text;
  });
}
