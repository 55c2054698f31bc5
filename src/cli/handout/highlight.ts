/** Colours for code on paper: comments, strings, keywords and numbers of the three languages the course shows. */

const TYPESCRIPT =
  'abstract as async await break case class const constructor continue else export extends false for from function ' +
  'if implements import in interface let new null of private protected public readonly return static super switch ' +
  'this throw true type typeof undefined var void while yield';
const PYTHON =
  'and as assert async await break class continue def del elif else except False finally for from global if import ' +
  'in is lambda None nonlocal not or pass raise return self super True try while with yield';

interface Language {
  readonly comment: string;
  readonly strings: string;
  readonly keywords: ReadonlySet<string>;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));
const SCRIPT: Language = {
  comment: String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`,
  strings: String.raw`'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|` + '`(?:\\\\.|[^`\\\\])*`',
  keywords: words(TYPESCRIPT),
};
const LANGUAGES: Readonly<Record<string, Language>> = {
  ts: SCRIPT,
  typescript: SCRIPT,
  python: {
    comment: '#[^\\n]*',
    strings: String.raw`"""[\s\S]*?"""|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"`,
    keywords: words(PYTHON),
  },
  bash: { comment: '#[^\\n]*', strings: `'[^']*'|"[^"]*"`, keywords: words('if then else fi for do done') },
};

/** Text for HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** HTML of a piece of code, tokens in `<span class="c|s|k|n">`; plain text for a language that is not known. */
export function highlight(code: string, language: string): string {
  const rules = LANGUAGES[language];
  if (!rules) return escapeHtml(code);
  const token = new RegExp(
    `(?<c>${rules.comment})|(?<s>${rules.strings})|(?<w>[A-Za-z_$][\\w$]*)|(?<n>\\b\\d[\\w.]*)`,
    'g',
  );
  let html = '';
  let from = 0;
  for (const match of code.matchAll(token)) {
    const [text] = match;
    html += escapeHtml(code.slice(from, match.index));
    const kind = kindOf(match.groups ?? {}, text, rules);
    html += kind === '' ? escapeHtml(text) : `<span class="${kind}">${escapeHtml(text)}</span>`;
    from = match.index + text.length;
  }
  return html + escapeHtml(code.slice(from));
}

function kindOf(groups: Record<string, string | undefined>, text: string, { keywords }: Language): string {
  if (groups.c !== undefined) return 'c';
  if (groups.s !== undefined) return 's';
  if (groups.n !== undefined) return 'n';
  return keywords.has(text) ? 'k' : '';
}
