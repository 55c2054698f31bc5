/** HTML to PDF through an installed Chromium or Chrome, and the pages its anchors landed on. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { say } from '../../../bin/bootstrap/language';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];
const MAC_APPS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

/** The browser that prints: `CHROME_PATH`, else the first one found on PATH. @throws Error saying what to install */
export function findBrowser(env: NodeJS.ProcessEnv = process.env): string {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const found = [
    ...(env.CHROME_PATH ? [env.CHROME_PATH] : []),
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...(process.platform === 'darwin' ? MAC_APPS : []),
  ].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    say({
      zh:
        '没有找到 Chromium 或 Chrome，不能生成 PDF。请安装其中一个（例如 sudo apt install chromium），' +
        '或用 CHROME_PATH 指出它的位置；也可以先用 --format html 生成 HTML，在浏览器里打印',
      en:
        'There is no Chromium or Chrome to print the PDF with. Install one of them (sudo apt install chromium), ' +
        'or name it with CHROME_PATH; or print the HTML of --format html from a browser',
    }),
  );
}

/** How the browser is started: as which user, and within its sandbox or not. */
interface Manner {
  readonly user?: number;
  readonly sandbox: boolean;
}

const NOBODY = 65534;

/** The superuser's browser has no sandbox: it runs as nobody, who has one where the system lets him make one. */
const manners = (): readonly Manner[] =>
  process.getuid?.() === 0
    ? [{ user: NOBODY, sandbox: true }, { user: NOBODY, sandbox: false }, { sandbox: false }]
    : [{ sandbox: true }];

/**
 * Prints an HTML text to PDF, without the network and within the browser's sandbox; says so where there is none.
 * @throws Error with the browser's own words when it fails
 */
export function printPdf(browser: string, html: string): Buffer {
  const [first, ...others] = manners();
  let failure: unknown;
  for (const manner of [first, ...others]) {
    if (manner === undefined) continue;
    try {
      const pdf = printed(browser, html, manner);
      if (manner !== first)
        console.error(
          say({
            zh: `${browser} 没有沙箱（系统不允许，或 root 以外的用户不能启动它）；讲义里没有脚本，也不联网`,
            en: `${browser} ran without its sandbox (the system allows none, or root alone may start it); the handout has no scripts and no network`,
          }),
        );
      return pdf;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function printed(browser: string, html: string, { user, sandbox }: Manner): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-handout-'));
  const [page, pdf] = [join(folder, 'handout.html'), join(folder, 'handout.pdf')];
  try {
    writeFileSync(page, html);
    if (user !== undefined) for (const path of [page, folder]) chownSync(path, user, user);
    const flags = [
      '--headless',
      '--disable-gpu',
      '--no-pdf-header-footer',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      `--user-data-dir=${join(folder, 'profile')}`,
      ...(sandbox ? [] : ['--no-sandbox']),
    ];
    execFileSync(browser, [...flags, `--print-to-pdf=${pdf}`, pathToFileURL(page).href], {
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
      ...(user === undefined
        ? {}
        : { uid: user, gid: user, cwd: folder, env: { ...process.env, HOME: folder } }),
    });
    if (!existsSync(pdf))
      throw new Error(say({ zh: `${browser} 没有写出 PDF`, en: `${browser} wrote no PDF` }));
    return readFileSync(pdf);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Object numbers of all pages in reading order. */
function pageOrder(pdf: string): number[] {
  const kids = (id: number): number[] => {
    const body = new RegExp(`(?:^|\\n)${id} 0 obj\\s*<<([\\s\\S]*?)endobj`).exec(pdf)?.[1] ?? '';
    const list = /\/Kids \[([^\]]*)\]/.exec(body)?.[1];
    if (list === undefined) return [id];
    return [...list.matchAll(/(\d+) 0 R/g)].flatMap(([, kid]) => kids(Number(kid)));
  };
  const root = /\/Type \/Catalog\s[\s\S]*?\/Pages (\d+) 0 R/.exec(pdf)?.[1];
  return root === undefined ? [] : kids(Number(root));
}

/** The page (from 1) of every named destination, i.e. of every anchor that the contents link to. */
export function anchorPages(pdf: Buffer): Map<string, number> {
  const text = pdf.toString('latin1');
  const order = new Map(pageOrder(text).map((id, i) => [id, i + 1]));
  const pages = new Map<string, number>();
  for (const [, name = '', page] of text.matchAll(/\/([\w-]+) \[(\d+) 0 R \/XYZ/g)) {
    const number = order.get(Number(page));
    if (number !== undefined) pages.set(name, number);
  }
  return pages;
}
