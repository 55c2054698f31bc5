/** A notebook's prose as HTML that needs nothing from outside: formulas set, pictures inlined, code coloured. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';

import katex from 'katex';
import MarkdownIt from 'markdown-it';

import { escapeHtml, highlight } from './highlight';

const MEDIA: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.gif': 'image/gif',
};

/** Turns the markdown of notebooks in one folder into HTML. */
export class Prose {
  private readonly parser = new MarkdownIt({
    html: true,
    highlight: (code, language) => highlight(code, language),
  });

  /** @param folder where relative links and pictures start from */
  constructor(private readonly folder: string) {}

  /**
   * @param idOf anchor of another section that is in the same document; links to it stay, other relative ones
   * become plain text, since they lead nowhere on paper
   * @throws RangeError when a picture is not there
   */
  html(markdown: string, idOf: (notebook: string) => string | undefined): string {
    const formulas: string[] = [];
    const withMarks = markFormulas(markdown, formulas);
    const rendered = this.parser
      .render(withMarks)
      .replace(/@@F(\d+)@@/g, (_, i: string) => formulas[Number(i)] ?? '');
    return this.withPictures(withLinks(rendered, idOf));
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

/** Takes the formulas out, `$$…$$` and `$…$` outside code, and leaves numbered marks that markdown does not touch. */
function markFormulas(markdown: string, formulas: string[]): string {
  const pattern = /(```[\s\S]*?```|`[^`\n]*`)|\$\$([\s\S]+?)\$\$|\$([^$\n]+?)\$/g;
  return markdown.replace(pattern, (whole, code?: string, block?: string, inline?: string) => {
    if (code !== undefined) return whole;
    const tex = block ?? inline ?? '';
    formulas.push(
      katex.renderToString(tex, { displayMode: block !== undefined, throwOnError: true, strict: false }),
    );
    return `@@F${formulas.length - 1}@@`;
  });
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
