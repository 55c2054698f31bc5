/** A notebook's prose as HTML that needs nothing from outside: formulas set, pictures inlined, code coloured. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

import formulas from '@vscode/markdown-it-katex';
import katex, { type KatexOptions } from 'katex';
import MarkdownIt from 'markdown-it';

import { highlight } from './highlight';

/** Text for HTML. */
export const { escapeHtml } = new MarkdownIt().utils;

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
   * @param idOf anchor of another section that is in the same document; links to it stay, other relative ones
   * become plain text, since they lead nowhere on paper
   * @throws RangeError when a picture is not there, SyntaxError for a formula that KaTeX cannot set
   */
  html(markdown: string, idOf: (notebook: string) => string | undefined): string {
    return this.withPictures(withLinks(withFormulas(this.parser.render(markdown)), idOf));
  }

  private withPictures(html: string): string {
    return html.replace(/<img src="([^"]+)" alt="([^"]*)"[^>]*>/g, (_, src: string, alt: string) => {
      const file = join(this.folder, decodeURI(src));
      if (!existsSync(file))
        throw new RangeError(`Cannot make handout: expected the picture ${src}, got no such file`);
      return `<figure>${picture(file, alt)}<figcaption>${alt}</figcaption></figure>`;
    });
  }
}

function picture(file: string, alt: string): string {
  if (extname(file) === '.svg') {
    // Several pictures share one document: their ids must not meet.
    const prefix = basename(file, '.svg');
    const svg = readFileSync(file, 'utf8');
    return svg.replace(/\bid="(\w+)"/g, `id="${prefix}-$1"`).replace(/url\(#(\w+)\)/g, `url(#${prefix}-$1)`);
  }
  const type = MEDIA[extname(file)] ?? 'application/octet-stream';
  return `<img src="data:${type};base64,${readFileSync(file).toString('base64')}" alt="${alt}">`;
}

/** Chinese inside a formula is meant; what KaTeX cannot set is an error. */
function formula(tex: string, options?: KatexOptions): string {
  return katex.renderToString(tex, { ...options, strict: false, throwOnError: true });
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
  return html.replace(/<a href="([^"]+)">([\s\S]*?)<\/a>/g, (whole, href: string, text: string) => {
    if (href.startsWith('#')) return whole;
    const notebook = /^([\w-]+)\.ipynb$/.exec(href)?.[1];
    const id = notebook === undefined ? undefined : idOf(notebook);
    if (id !== undefined) return `<a href="#${id}">${text}</a>`;
    return /^https?:/.test(href) ? `${text}（${escapeHtml(href.replace(/^https?:\/\//, ''))}）` : text;
  });
}
