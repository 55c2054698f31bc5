/**
 * A few photographs under free licences, shipped with tsdl: what there is to see, who took it, what is allowed. They come
 * from scikit-image and scikit-learn, whose documentation names author and licence; tools/photographs.py shrank them.
 */
import { join } from 'node:path';

import { say, type Text } from '../../../../bin/bootstrap/language';
import type * as tf from '../../../engine/tf';
import { readImage } from '../../images';

/** A photograph and what has to be said beside it. */
export interface Photograph {
  readonly name: string;
  /** The JPEG file. */
  readonly path: string;
  /** What there is to see. */
  readonly title: Text;
  readonly author: string;
  readonly licence: string;
  /** Where it was published. */
  readonly source: string;
  /** The sentence that belongs beside the photograph, in the language of the screen. */
  readonly notice: string;
}

const SCIKIT_IMAGE = 'https://scikit-image.org/docs/stable/api/skimage.data.html';
const CC0 = 'CC0 1.0';
const PUBLIC = 'public domain';
const CC_BY = 'CC BY 2.0 (https://creativecommons.org/licenses/by/2.0/)';

const TABLE: Readonly<Record<string, Omit<Photograph, 'name' | 'path' | 'notice'>>> = {
  astronaut: {
    title: { zh: '航天员艾琳·柯林斯', en: 'Eileen Collins, astronaut' },
    author: 'NASA',
    licence: PUBLIC,
    source: 'https://flic.kr/p/r9qvLn',
  },
  chelsea: {
    title: { zh: '猫 Chelsea', en: 'Chelsea the cat' },
    author: 'Stefan van der Walt',
    licence: CC0,
    source: `${SCIKIT_IMAGE}#skimage.data.chelsea`,
  },
  china: {
    title: { zh: '北京颐和园', en: 'The Summer Palace, Beijing' },
    author: 'danielbuechele',
    licence: CC_BY,
    source: 'https://www.flickr.com/photos/danielbuechele/6061409035/',
  },
  coffee: {
    title: { zh: '一杯浓缩咖啡', en: 'A cup of espresso' },
    author: 'Rachel Michetti, Pikolo Espresso Bar',
    licence: CC0,
    source: `${SCIKIT_IMAGE}#skimage.data.coffee`,
  },
  flower: {
    title: { zh: '大丽花', en: 'A dahlia' },
    author: 'vultilion',
    licence: CC_BY,
    source: 'https://www.flickr.com/photos/vultilion/6056698931/',
  },
  hubble: {
    title: { zh: '哈勃极深场', en: 'The Hubble eXtreme Deep Field' },
    author: 'NASA',
    licence: PUBLIC,
    source: 'http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/',
  },
  rocket: {
    title: { zh: '发射台上的猎鹰 9 号火箭', en: 'A Falcon 9 on its launch pad' },
    author: 'SpaceX',
    licence: PUBLIC,
    source: 'https://www.flickr.com/photos/spacexphotos/16511594820/',
  },
};

const LICENCES: Readonly<Record<string, Text>> = { [PUBLIC]: { zh: '公有领域', en: PUBLIC } };

/** The photographs, by name in alphabetical order. */
export function photographs(): Photograph[] {
  return Object.entries(TABLE).map(([name, about]) => {
    const { title, author, source } = about;
    const licence = say(LICENCES[about.licence] ?? { zh: about.licence, en: about.licence });
    return {
      name,
      path: join(__dirname, `${name}.jpg`),
      ...about,
      notice: say({
        zh: `照片：${title.zh}，作者 ${author}，另存为 JPEG，长边不超过 512 像素；许可：${licence}\n来源：${source}`,
        en: `Photograph: ${title.en}, by ${author}, licence: ${licence}, from ${source} (saved anew as JPEG, at most 512 pixels).`,
      }),
    };
  });
}

/**
 * The pixels of a photograph, whole numbers 0 … 255: int32 `[h, w, 3]`, the long side at most 512.
 * @throws RangeError if there is no photograph of that name, Error on the plain-JavaScript backend
 * @example
 * const cat = loadPhotograph('chelsea'); // [300, 451, 3]
 */
export function loadPhotograph(name: string): tf.Tensor3D {
  const found = photographs().find((one) => one.name === name);
  if (found) return readImage(found.path, { mode: 'RGB' });
  const names = Object.keys(TABLE).join(', ');
  throw new RangeError(`Cannot load photograph: expected one of ${names}, got "${name}"`);
}
