/** Where the original MNIST files are served, and how to tell that they are the original ones. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { cachePath, writeWhole } from '../files/cache';
import { download, type DownloadOptions } from '../files/download';
import { progressReporter } from '../files/progress';

/** Folders that serve the four files: PyTorch's (America), Baidu's (China), TensorFlow's (worldwide). */
export const MNIST_MIRRORS: readonly string[] = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://dataset.bj.bcebos.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
];

/** A file as the mirrors serve it. */
export interface RemoteFile {
  /** Name in the cache; the mirrors add `.gz`. */
  readonly name: string;
  /** Of the packed file. */
  readonly sha256: string;
  /** Size of the packed file in bytes. */
  readonly bytes: number;
  /** Size of the unpacked file in bytes. */
  readonly unpackedBytes: number;
}

/** The four files of MNIST with their sizes and hashes, compressed as they are served. */
const MNIST_FILES: readonly RemoteFile[] = [
  {
    name: 'train-images-idx3-ubyte',
    sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
    bytes: 9_912_422,
    unpackedBytes: 47_040_016,
  },
  {
    name: 'train-labels-idx1-ubyte',
    sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
    bytes: 28_881,
    unpackedBytes: 60_008,
  },
  {
    name: 't10k-images-idx3-ubyte',
    sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
    bytes: 1_648_877,
    unpackedBytes: 7_840_016,
  },
  {
    name: 't10k-labels-idx1-ubyte',
    sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    bytes: 4542,
    unpackedBytes: 10_008,
  },
];

/**
 * Fetches the four files into the cache and unpacks them there; those already there are left alone.
 *
 * @param mirrors addresses of folders, tried in the order in which they answer
 */
export async function downloadMnist(
  mirrors: readonly string[] = MNIST_MIRRORS,
  options: Partial<DownloadOptions> = {},
  files: readonly RemoteFile[] = MNIST_FILES,
): Promise<void> {
  for (const { name, sha256, bytes, unpackedBytes } of files) {
    const path = cachePath('mnist', name);
    if (existsSync(path)) continue;
    const packed = `${path}.gz`;
    await download(
      mirrors.map((folder) => `${folder}${name}.gz`),
      packed,
      { onProgress: progressReporter(`${name}.gz`), ...options, sha256, bytes },
    );
    writeWhole(path, gunzipSync(readFileSync(packed), { maxOutputLength: unpackedBytes }));
    rmSync(packed, { force: true });
  }
}
