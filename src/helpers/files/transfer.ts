/** One attempt to fetch a file over HTTP into `PATH.part`, continuing where an earlier attempt stopped. */
import { constants, existsSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** How far a transfer has come. */
export interface Progress {
  /** Bytes on disk. */
  readonly received: number;
  /** Bytes of the whole file, if anyone said so. */
  readonly total: number | undefined;
}

/** Limits of one request, and who hears of its progress. */
export interface TransferOptions {
  /** Exact size of the file, if known; more is refused while it arrives. */
  readonly bytes?: number;
  /** Most bytes accepted where the size is not known. */
  readonly maxBytes: number;
  /** Longest wait for the answer's first line, in milliseconds. */
  readonly connectMs: number;
  /** Longest silence while the file arrives, in milliseconds. */
  readonly stallMs: number;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** Why an attempt failed, and whether asking the same address again is worth it. */
export class TransferError extends Error {
  constructor(
    reason: string,
    readonly permanent: boolean,
  ) {
    super(reason);
    this.name = 'TransferError';
  }
}

/** Statuses after which a later attempt may succeed; any other refusal is final for this address. */
const TRANSIENT_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A signal that fires after `ms` without a call of `rest()`. */
class Deadline {
  private timer: NodeJS.Timeout | undefined;
  private readonly controller = new AbortController();
  readonly signal: AbortSignal;

  constructor(outer: AbortSignal | undefined) {
    const own = this.controller.signal;
    this.signal = outer === undefined ? own : AbortSignal.any([own, outer]);
  }

  rest(ms: number, reason: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.controller.abort(new TransferError(reason, false)), ms);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** The position the server really starts from: 206 names it, 200 starts over. */
function startOf(response: Response, wanted: number): number {
  if (response.status !== 206) return 0;
  const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  if (Number(range?.[1]) === wanted) return wanted;
  throw new TransferError(`answered another range than bytes ${wanted}-`, true);
}

/** Checks the status; 416 means that our partial file does not fit this server's file. */
function checkStatus(response: Response, part: string): void {
  if (response.status === 200 || response.status === 206) return;
  if (response.status === 416) {
    rmSync(part, { force: true });
    throw new TransferError('HTTP 416', false);
  }
  throw new TransferError(`HTTP ${response.status}`, !TRANSIENT_STATUSES.has(response.status));
}

function totalOf(response: Response, start: number, { bytes }: TransferOptions): number | undefined {
  if (bytes !== undefined) return bytes;
  const length = response.headers.get('content-length');
  return length === null ? undefined : start + Number(length);
}

/** Writes the body behind `start`, resting the deadline at every piece. */
async function receive(
  response: Response,
  file: FileHandle,
  start: number,
  deadline: Deadline,
  options: TransferOptions,
): Promise<number> {
  const { bytes, maxBytes, stallMs, onProgress } = options;
  const limit = bytes ?? maxBytes;
  const total = totalOf(response, start, options);
  let received = start;
  const stalled = `no data for ${stallMs / 1000} s`;
  deadline.rest(stallMs, stalled);
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    if (received + piece.length > limit) throw new TransferError(`sent more than ${limit} bytes`, true);
    await file.write(piece, 0, piece.length, received);
    received += piece.length;
    onProgress?.({ received, total });
    deadline.rest(stallMs, stalled);
  }
  await file.sync();
  return received;
}

const { O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
const GO_ON = O_RDWR | O_NOFOLLOW;
const ANEW = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;

/**
 * Asks one address for the file and writes it to `part`. A partial file is continued where the server allows it.
 *
 * @returns whether an earlier partial file was continued
 * @throws TransferError with the reason; what arrived stays in `part` for the next attempt
 */
export async function transfer(url: string, part: string, options: TransferOptions): Promise<boolean> {
  const deadline = new Deadline(options.signal);
  const held = sizeOf(part);
  if (held > 0 && held === options.bytes) return true;
  deadline.rest(options.connectMs, `no answer within ${options.connectMs / 1000} s`);
  let file: FileHandle | undefined;
  try {
    const response = await fetch(url, { headers: requestHeaders(held), signal: deadline.signal });
    checkStatus(response, part);
    const start = startOf(response, held);
    file = await open(part, start > 0 ? GO_ON : ANEW); // no link that lies in wait is followed
    const received = await receive(response, file, start, deadline, options);
    if (options.bytes !== undefined && received !== options.bytes) {
      throw new TransferError(`ended after ${received} of ${options.bytes} bytes`, false);
    }
    return start > 0;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw asTransferError(error);
  } finally {
    deadline.end();
    await file?.close();
  }
}

/** Asks for the bytes as they are: a packed answer would be unpacked on the way and fail its checksum. */
function requestHeaders(held: number): Record<string, string> {
  const plain = { 'accept-encoding': 'identity', 'user-agent': 'tsdl' };
  return held > 0 ? { ...plain, range: `bytes=${held}-` } : plain;
}

function asTransferError(error: unknown): Error {
  if (error instanceof TransferError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || syscall === 'open') return error as Error; // the disk, not the network
  return new TransferError(networkReason(error as Error), false);
}

/** What the network said; `fetch` hides it in `cause`. */
export function networkReason(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
