/** Downloads that arrive whole or not at all: mirrors, checksum, resumption, one process at a time. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { withLock } from '../../../bin/bootstrap/lock';
import { hashFile } from '../../engine/backend/stamp';
import { networkReason, type Progress, transfer, TransferError } from './transfer';

/** What the file has to be, and how patiently it is fetched. */
export interface DownloadOptions {
  /** SHA-256 in lower-case hexadecimal, or its first digits where the publisher states no more. */
  readonly sha256: string;
  /** Exact size in bytes, if known. */
  readonly bytes?: number;
  /** Most bytes accepted where the size is not known. */
  readonly maxBytes?: number;
  /** How often each mirror is asked before it is given up. */
  readonly attempts?: number;
  /** Wait before the second attempt, in milliseconds; doubles with each further one. */
  readonly backoffMs?: number;
  /** How long mirrors may take to answer at all; when none does, we are offline. In milliseconds. */
  readonly connectMs?: number;
  /** Longest silence while the file arrives, in milliseconds. */
  readonly stallMs?: number;
  /** Called while the file arrives. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

const DEFAULTS = {
  maxBytes: 4 * 2 ** 30,
  attempts: 4,
  backoffMs: 500,
  connectMs: 4000,
  stallMs: 15_000,
};

type Settings = DownloadOptions & typeof DEFAULTS;

/**
 * Downloads one file from the first mirror that delivers it with the right checksum.
 * Does nothing if `path` exists. An interrupted download leaves `PATH.part`, from which the next call continues.
 *
 * @throws AggregateError naming each mirror's failure, or an Error at once if `TSDL_OFFLINE=1`
 */
export async function download(
  mirrors: readonly string[],
  path: string,
  options: DownloadOptions,
): Promise<void> {
  if (existsSync(path)) return;
  if (process.env.TSDL_OFFLINE === '1') {
    throw new Error(`Cannot download "${basename(path)}": expected a network, got TSDL_OFFLINE=1`);
  }
  mkdirSync(dirname(path), { recursive: true });
  const alone = async (): Promise<void> => {
    if (existsSync(path)) return; // another process fetched it meanwhile
    const settings = { ...DEFAULTS, ...options };
    const answering = await answeringFirst(mirrors, settings);
    await fromAny(answering, path, settings);
    renameSync(`${path}.part`, path);
  };
  await withLock(`${path}.lock`, alone, undefined, options.signal);
}

const hostOf = (url: string): string => new URL(url).host;

/**
 * Asks all mirrors at once for a sign of life and returns those that give one, the quickest first.
 * Any HTTP answer counts: a server may refuse HEAD and still serve the file.
 */
async function answeringFirst(mirrors: readonly string[], settings: Settings): Promise<string[]> {
  const answering: string[] = [];
  const silent: Error[] = [];
  const limit = AbortSignal.any([AbortSignal.timeout(settings.connectMs), settings.signal ?? []].flat());
  await Promise.all(
    mirrors.map(async (url) => {
      try {
        const response = await fetch(url, { method: 'HEAD', signal: limit });
        await response.body?.cancel();
        answering.push(url);
      } catch (error) {
        silent.push(new Error(`${hostOf(url)}: ${networkReason(error as Error)}`));
      }
    }),
  );
  settings.signal?.throwIfAborted();
  if (answering.length === 0) {
    throw new AggregateError(silent, `Cannot download: no mirror answers (${reasons(silent)})`);
  }
  return answering;
}

const reasons = (errors: readonly Error[]): string => errors.map(({ message }) => message).join('; ');

/** Tries the mirrors in rounds; one that fails for good is not asked again. */
async function fromAny(mirrors: readonly string[], path: string, settings: Settings): Promise<void> {
  const failures: Error[] = [];
  let left = [...mirrors];
  for (let attempt = 0; attempt < settings.attempts && left.length > 0; attempt++) {
    if (attempt > 0) await sleep(settings.backoffMs * 2 ** (attempt - 1), undefined, settings);
    for (const url of left) {
      const failure = await fromOne(url, path, settings);
      if (failure === undefined) return;
      failures.push(new Error(`${hostOf(url)}: ${failure.message}`));
      if (failure.permanent) left = left.filter((other) => other !== url);
    }
  }
  throw new AggregateError(
    failures,
    `Cannot download "${basename(path)}": every mirror failed (${reasons(failures)})`,
  );
}

/** One attempt at one mirror, checksum included; returns what went wrong, if anything did. */
async function fromOne(url: string, path: string, settings: Settings): Promise<TransferError | undefined> {
  const part = `${path}.part`;
  try {
    const continued = await transfer(url, part, settings);
    const actual = await hashFile(part);
    if (actual.startsWith(settings.sha256)) return undefined;
    rmSync(part, { force: true });
    const reason = `expected SHA-256 ${settings.sha256.slice(0, 8)}…, got ${actual.slice(0, 8)}…`;
    // A continued file may have begun at another mirror: this one gets a chance to send the whole.
    return new TransferError(reason, !continued);
  } catch (error) {
    if (error instanceof TransferError) return error;
    throw error;
  }
}
