/** The handout as one HTML document: cover, contents, sections. */
import { escapeHtml, unescaped } from './markdown';
import type { Edition, Section } from './section';
import { styleSheet } from './stylesheet';

const EDITIONS: Readonly<Record<Edition, string>> = { student: '学生版', solution: '答案版' };

/** What the document is: edition, excerpt, page numbers. */
export interface DocumentOptions {
  readonly edition: Edition;
  /** Whether only some sections were asked for. */
  readonly excerpt?: boolean;
  /** Page of each anchor, once known; without them the contents have no numbers. */
  readonly pages?: ReadonlyMap<string, number>;
  /** CSS to add, e.g. a font for printing. */
  readonly extraStyle?: string;
}

/** What a browser lets the page do, whatever stands in it: show what it brings itself. */
const POLICY = [
  "default-src 'none'",
  'img-src data:',
  'font-src data:',
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** One HTML file without any external address. */
export function documentHtml(
  sections: readonly Section[],
  { edition, excerpt = false, pages, extraStyle = '' }: DocumentOptions,
): string {
  const title = `深度学习讲义（${EDITIONS[edition]}）`;
  return `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${extraStyle}${styleSheet()}</style>
</head>
<body>
<section class="cover">
<h1>深度学习<br>从 PyTorch 到 TypeScript</h1>
<div class="edition">${EDITIONS[edition]}</div>
<div class="made">${made(sections, edition, excerpt)}</div>
</section>
<nav><h1>目录</h1><ol>
${sections.map((section) => contents(section, pages)).join('\n')}
</ol></nav>
${sections.map(({ id, html }) => `<section class="notebook" data-notebook="${id}">\n${html}\n</section>`).join('\n')}
</body>
</html>
`;
}

/** What the cover says of the sections: how many, whether they are all, and which show outputs of another time. */
function made(sections: readonly Section[], edition: Edition, excerpt: boolean): string {
  const stale = sections.filter((section) => section.stale !== undefined).map(({ id }) => id);
  return [
    `${excerpt ? '节选，' : ''}${sections.length} 节，由课程的笔记本生成。`,
    ...(edition === 'student' ? ['练习的答案在答案版里。'] : []),
    ...(stale.length > 0 ? [`输出是以前保存的：${stale.join('、')}。`] : []),
  ].join('');
}

function contents({ id, title, parts }: Section, pages?: ReadonlyMap<string, number>): string {
  const entry = (anchor: string, text: string, kind: string): string => {
    const page = pages?.get(anchor);
    const number = page === undefined ? '' : ` data-page="${page}"`;
    return `<li class="${kind}"${number}><a href="#${anchor}">${escapeHtml(unescaped(text))}</a><i></i></li>`;
  };
  return [entry(id, title, 'section'), ...parts.map((part) => entry(part.id, part.title, 'part'))].join('\n');
}
