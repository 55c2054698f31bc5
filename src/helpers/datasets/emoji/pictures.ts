/** A project's emoji as pixels, drawn once and kept in the cache. */
import { createHash } from 'node:crypto';

import { say } from '../../../../bin/bootstrap/language';
import { cachePath, keep, readOrMake } from '../../files/cache';
import { barOnScreen } from '../../files/progress';
import { encodeIdx, readIdx } from '../idx';
import {
  EMOJI_PROJECTS,
  emojiOf,
  type EmojiProject,
  type Icons,
  readPackage,
  readProject,
} from './catalogue';

/** Number of the way in which pictures are drawn and chosen; another one draws them anew. */
const RECIPE = 1;

const versionOf = (read: () => { version: string }): string => read().version;

/** What the pictures depend on: the packages, all of them since groups come from all, and who draws. */
function digest(): string {
  const versions = [
    RECIPE,
    versionOf(() => readPackage('@resvg/resvg-js', 'package.json')),
    ...EMOJI_PROJECTS.map((project) => versionOf(() => readProject(project, 'package.json'))),
  ];
  return createHash('sha256').update(JSON.stringify(versions)).digest('hex').slice(0, 12);
}

/** Draws all emoji of a project on white: bytes `[n, size, size, 3]`. */
function draw(project: EmojiProject, size: number): Uint8Array {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded on first use
  const { Resvg } = require('@resvg/resvg-js') as typeof import('@resvg/resvg-js');
  const { icons, width, height } = readProject<Icons>(project, 'icons.json');
  const emoji = emojiOf(project);
  const out = new Uint8Array(emoji.length * size * size * 3);
  const bar = barOnScreen(
    say({
      zh: `绘制 ${emoji.length} 个表情（${project}）`,
      en: `Drawing ${emoji.length} emoji (${project})`,
    }),
  );
  let at = 0;
  emoji.forEach(({ icon }, done) => {
    const { body = '', width: w = width, height: h = height } = icons[icon] ?? {};
    const root = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"`;
    const svg = `${root} width="${size}" height="${size}" viewBox="0 0 ${w} ${h}">${body}</svg>`;
    const { pixels } = new Resvg(svg, { background: 'white', font: { loadSystemFonts: false } }).render();
    for (let i = 0; i < pixels.length; i++) if (i % 4 !== 3) out[at++] = pixels[i] ?? 0; // all are opaque
    bar.update({ done: done + 1, total: emoji.length });
  });
  bar.end(say({ zh: '完成', en: 'done' }));
  return out;
}

/**
 * All emoji of a project in the catalogue's order: bytes `[n, size, size, 3]`. Read from the cache; drawn into it where
 * it lacks them. Two processes may both draw: each writes the whole file or nothing, and both write the same.
 */
export function emojiPictures(project: EmojiProject, size: number): Uint8Array {
  const path = cachePath('emoji', `${project}-${size}-${digest()}.idx`);
  const shape = [emojiOf(project).length, size, size, 3];
  return readOrMake(
    () => {
      const found = readIdx(path, { rank: 4 });
      if (found.shape.join() !== shape.join())
        throw new SyntaxError(
          `Cannot read emoji: expected ${shape.join(' × ')}, got ${found.shape.join(' × ')}`,
        );
      return found.values;
    },
    () => {
      const pixels = draw(project, size);
      keep(path, encodeIdx(shape, pixels));
      return pixels;
    },
  );
}
