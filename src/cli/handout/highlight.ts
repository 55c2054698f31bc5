/** Colours for code on paper, in the three languages that the course shows. */

/** The part of highlight.js used here. */
interface Highlighter {
  registerLanguage(name: string, grammar: unknown): void;
  getLanguage(name: string): object | undefined;
  highlight(code: string, options: { readonly language: string }): { readonly value: string };
}

/* eslint-disable @typescript-eslint/no-require-imports -- imports would bring its types, and with them a browser's */
const hljs = require('highlight.js/lib/core') as Highlighter;
hljs.registerLanguage('typescript', require('highlight.js/lib/languages/typescript')); // and as `ts`
hljs.registerLanguage('python', require('highlight.js/lib/languages/python'));
hljs.registerLanguage('bash', require('highlight.js/lib/languages/bash'));

/** HTML of a piece of code, tokens in `<span class="hljs-…">`; '' for a language that is not known. */
export function highlight(code: string, language: string): string {
  return hljs.getLanguage(language) ? hljs.highlight(code, { language }).value : '';
}
