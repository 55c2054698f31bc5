/** How the handout looks, on paper and on screen; KaTeX's fonts travel inside the style sheet. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FONTS =
  `'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans SC', 'Noto Sans CJK SC', ` +
  `'Source Han Sans SC', 'tsdl-sc', sans-serif`;
const MONO = `'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono', 'Noto Sans Mono CJK SC', 'tsdl-sc', monospace`;

const SHEET = `
@page { size: A4; margin: 18mm 16mm 18mm; @bottom-center { content: counter(page); font: 9pt ${FONTS}; color: #666; } }
@page :first { @bottom-center { content: none; } }
* { box-sizing: border-box; }
body { font: 10.5pt/1.62 ${FONTS}; color: #1c1c1c; max-width: 178mm; margin: 0 auto; padding: 0 4mm; }
h1 { font-size: 20pt; line-height: 1.3; margin: 0 0 5mm; break-before: page; }
h2 { font-size: 14pt; margin: 8mm 0 3mm; border-bottom: 1px solid #ccc; padding-bottom: 1mm; }
h3 { font-size: 11.5pt; margin: 5mm 0 2mm; }
h1, h2, h3 { break-after: avoid; }
p { margin: 0 0 2.5mm; orphans: 2; widows: 2; }
p:has(+ pre, + .kept, + ul, + ol, + table, + figure) { break-after: avoid; }
.kept { break-inside: avoid; }
a { color: inherit; text-decoration: none; }
ul, ol { margin: 0 0 3mm; padding-left: 6mm; }
li:first-child, li:nth-last-child(2) { break-after: avoid; }
pre { font: 7.6pt/1.45 ${MONO}; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 2.5mm; }
code { font-family: ${MONO}; font-size: 0.88em; }
pre code { font-size: inherit; }
pre.code { background: #f5f6f8; border-left: 2.5pt solid #0072b2; padding: 2mm 3mm; border-radius: 2px; break-inside: avoid; }
pre.exercise { border-left-color: #d55e00; }
pre.solution { border-left-color: #009e73; }
pre.check { border-left-color: #767676; }
pre .wide { letter-spacing: calc(2ch - 1em); }
pre.output { padding: 0 3mm 1mm; color: #333; border-left: 2.5pt solid #e2e2e2; break-inside: avoid; }
.hljs-comment { color: #6a737d; } .hljs-string, .hljs-regexp { color: #0b6b3a; } .hljs-subst { color: #1a1a1a; }
.hljs-keyword, .hljs-literal, .hljs-variable.language_ { color: #0055a5; } .hljs-number { color: #a0480a; }
.hljs-title, .hljs-meta { color: #6f42c1; }
blockquote { margin: 3mm 0; padding: 2mm 4mm; background: #fdf6ef; border-left: 2.5pt solid #d55e00; break-inside: avoid; }
blockquote p:last-child, blockquote ul:last-child { margin-bottom: 0; }
table { border-collapse: collapse; width: 100%; margin: 0 0 4mm; font-size: 9.5pt; }
th, td { border: 1px solid #d5d5d5; padding: 1.2mm 2mm; vertical-align: top; text-align: left; }
th { white-space: nowrap; }
thead:not(:has(th:not(:empty))) { display: none; }
thead:not(:has(th:not(:empty))) + tbody td:first-child { white-space: nowrap; }
td > pre { font-size: 6.8pt; line-height: 1.42; margin: 0; }
tr { break-inside: avoid; }
tr:has(th), tbody > tr:first-child, tr:nth-last-child(2) { break-after: avoid; }
.html { font-size: 8.5pt; break-inside: avoid; }
.html table { width: auto; font-size: inherit; margin-bottom: 3mm; }
.html :is(th, td) { padding: 0.6mm 2.4mm; }
.lines td { white-space: nowrap; }
.stale { padding: 1mm 3mm; border: 1px solid #d55e00; color: #a0480a; }
figure { margin: 3mm 0; text-align: center; break-inside: avoid; }
figure svg, figure img { max-width: 100%; height: auto; }
figcaption { font-size: 8.5pt; color: #666; }
.room { height: 34mm; margin: 0 0 3mm; border: 1px dashed #bbb; break-inside: avoid; }
.room i { display: block; height: 8mm; border-bottom: 0.5pt solid #d8d8d8; }
.cover { height: 240mm; display: flex; flex-direction: column; justify-content: center; }
.cover h1 { font-size: 32pt; break-before: auto; margin-bottom: 4mm; }
.cover .edition { font-size: 15pt; color: #0072b2; margin-bottom: 20mm; }
.cover .made { color: #666; font-size: 10pt; }
nav { break-before: page; }
nav h1 { break-before: auto; }
nav ol { list-style: none; padding: 0; }
nav li { display: flex; align-items: baseline; }
nav li::after { content: attr(data-page); order: 3; min-width: 8mm; text-align: right; }
nav li a::after { content: ''; }
nav li i { flex: 1; border-bottom: 1px dotted #aaa; margin: 0 2mm; }
nav li.section { font-weight: bold; margin-top: 3mm; }
nav li.part { padding-left: 6mm; font-size: 9.5pt; }
section.notebook { overflow-y: clip; }
p.katex-block { margin: 0; }
.katex-display { margin: 3mm 0; overflow-x: auto; overflow-y: hidden; }
@media screen { body { padding: 10mm 6mm; } .cover { height: auto; padding: 30mm 0; } }
`;

/** The whole style sheet; nothing in it points outside the document. */
export function styleSheet(): string {
  return katexStyle() + SHEET;
}

/** KaTeX's own sheet with its woff2 fonts as data. */
function katexStyle(): string {
  const sheet = require.resolve('katex/dist/katex.min.css');
  return readFileSync(sheet, 'utf8')
    .replace(/url\((fonts\/[^)]+\.woff2)\)/g, (_, font: string) => {
      const data = readFileSync(join(dirname(sheet), font)).toString('base64');
      return `url(data:font/woff2;base64,${data})`;
    })
    .replace(/,url\(fonts\/[^)]+\) format\("(?:woff|truetype)"\)/g, '');
}
