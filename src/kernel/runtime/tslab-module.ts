/** `import * as tslab from 'tslab'` in a cell: stock tslab's display functions on our display protocol. */
import { randomBytes } from 'node:crypto';

import { versionOf } from '../link/versions';
import type { Host } from './host';

const TYPES = {
  javascript: 'text/javascript',
  html: 'text/html',
  markdown: 'text/markdown',
  latex: 'text/latex',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  pdf: 'application/pdf',
  text: 'text/plain',
} as const;

type Content = string | Uint8Array;
type Display = Record<keyof typeof TYPES, (content: Content) => void> & {
  raw(type: string, content: Content): void;
};

function createDisplay(host: Host, id?: string): Display {
  let update = false;
  const raw = (type: string, content: Content): void => {
    const value = typeof content === 'string' ? content : Buffer.from(content).toString('base64');
    host.display({ [type]: value }, id === undefined ? {} : { id, update });
    update = true;
  };
  const methods = Object.entries(TYPES).map(([name, type]) => [
    name,
    (content: Content) => raw(type, content),
  ]);
  return { ...(Object.fromEntries(methods) as Omit<Display, 'raw'>), raw };
}

/** The module's exports, as `tslab/dist/public.d.ts` declares them. */
export function createTslabModule(host: Host): Record<string, unknown> {
  return {
    display: createDisplay(host),
    newDisplay: () => createDisplay(host, randomBytes(8).toString('hex')),
    get versions() {
      return { tslab: versionOf('tslab'), typescript: versionOf('typescript'), node: process.version };
    },
  };
}
