/** What Shift-Tab shows: the signature, the documentation, its tags; as plain text and as Markdown. */
import type ts from 'typescript';

import type { Bundle } from '../link/messages';

/** Tags that speak to a library's own tools (`@doc` places a tfjs function on its web site), not to the user. */
const TOOL_TAGS = new Set(['doc', 'docalias', 'docinline', 'internal']);

/** Bundle for one symbol; with `detail` 0 the examples are left out. */
export function hoverBundle(info: ts.QuickInfo, detail: number): Bundle {
  const signature = text(info.displayParts);
  const documentation = text(info.documentation).trim();
  const tags = (info.tags ?? [])
    .filter(({ name }) => !TOOL_TAGS.has(name) && (detail > 0 || name !== 'example'))
    .map(tagLine);
  const plain = [
    signature,
    documentation,
    tags.map(({ name, body }) => `@${name} ${body}`.trim()).join('\n'),
  ];
  const markdown = [
    '```typescript\n' + signature + '\n```',
    documentation,
    tags.map(({ name, body }) => (name === 'example' ? example(body) : `*@${name}* ${body}`)).join('  \n'),
  ];
  return {
    data: { 'text/plain': joined(plain), 'text/markdown': joined(markdown) },
    metadata: {},
  };
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');

const text = (parts: readonly ts.SymbolDisplayPart[] = []): string => parts.map((part) => part.text).join('');

function tagLine(tag: ts.JSDocTagInfo): { name: string; body: string } {
  return { name: tag.name, body: text(tag.text).trim() };
}

/** An example stands in a code block of its own unless its author made one. */
function example(body: string): string {
  return body.includes('```')
    ? `\n*@example*\n\n${body}\n`
    : `\n*@example*\n\n\`\`\`typescript\n${body}\n\`\`\`\n`;
}
