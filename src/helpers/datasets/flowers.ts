/**
 * TensorFlow's flower photographs: 3,670 in five classes, all under licences of Creative Commons (each photographer is
 * named in its LICENSE.txt). For those who have a network: 229 MB, checked by their SHA-256.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { extract } from 'tar';

import { say } from '../../../bin/bootstrap/language';
import { cachePath } from '../files/cache';
import { download, type DownloadOptions } from '../files/download';
import { progressReporter } from '../files/progress';
import { type DatasetFolderOptions, ImageFolder } from './folder';

/** An archive of a folder of that name, and where it is served. */
export interface PhotographArchive {
  readonly folder: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mirrors: readonly string[];
}

const FLOWERS: PhotographArchive = {
  folder: 'flower_photos',
  sha256: '4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c',
  bytes: 228_813_984,
  mirrors: [
    'https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz',
    'http://download.tensorflow.org/example_images/flower_photos.tgz',
  ],
};

/** How the photographs are read, and how they are fetched where they are not on this machine. */
export interface FlowerOptions extends Partial<DatasetFolderOptions> {
  readonly archive?: PhotographArchive;
  readonly fetch?: Partial<DownloadOptions>;
  /** Receives the sentence that says what is fetched; `console.log` unless given. */
  readonly announce?: (line: string) => void;
}

/**
 * The flower photographs as a folder of pictures: classes daisy, dandelion, roses, sunflowers, tulips. The first call
 * fetches and unpacks them into the cache, or gives nothing half-unpacked.
 * @throws AggregateError naming each mirror's failure, Error where `TSDL_OFFLINE=1`
 */
export async function loadFlowers(options: FlowerOptions = {}): Promise<ImageFolder> {
  const { archive = FLOWERS, fetch, announce = console.log, ...reading } = options;
  const place = cachePath('flowers');
  const folder = join(place, archive.folder);
  if (!existsSync(folder)) {
    const megabytes = (archive.bytes / 1e6).toFixed(0);
    announce(
      say({
        zh: `下载花卉照片 ${archive.folder}（${megabytes} MB，知识共享许可，作者见其中的 LICENSE.txt）`,
        en: `Downloading the flower photographs ${archive.folder} (${megabytes} MB, Creative Commons, authors in LICENSE.txt)`,
      }),
    );
    await fetched(archive, place, fetch);
  }
  return new ImageFolder(folder, reading);
}

async function fetched(
  { folder, sha256, bytes, mirrors }: PhotographArchive,
  place: string,
  options: Partial<DownloadOptions> = {},
): Promise<void> {
  const packed = join(place, `${folder}.tgz`);
  await download(mirrors, packed, { onProgress: progressReporter(folder), ...options, sha256, bytes });
  const unpacking = join(place, `unpacking-${process.pid}`);
  try {
    mkdirSync(unpacking, { recursive: true });
    await extract({ file: packed, cwd: unpacking, strict: true });
    const there = existsSync(join(place, folder)); // another process was quicker
    if (!there) renameSync(join(unpacking, folder), join(place, folder));
    rmSync(packed, { force: true });
  } finally {
    rmSync(unpacking, { recursive: true, force: true });
  }
}
