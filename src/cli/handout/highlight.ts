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

/** Longest line and text that get colours: the grammars' patterns take the square of a word's length, minutes for data. */
const [MOST_OF_LINE, MOST] = [1000, 100_000];

/** HTML of a piece of code, tokens in `<span class="hljs-…">`; '' for a language that is not known, and for data. */
export function highlight(code: string, language: string): string {
  const isData = code.length > MOST || code.split('\n').some((line) => line.length > MOST_OF_LINE);
  return hljs.getLanguage(language) && !isData ? hljs.highlight(code, { language }).value : '';
}
