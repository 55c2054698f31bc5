/** What of its machine each worker has: a card of its own, or its part of the processor's threads. */
import { availableParallelism } from 'node:os';

import { gpuNames } from '../../engine/backend/device';

type Env = Readonly<Record<string, string | undefined>>;

/** How many cards workers may have: those that CUDA_VISIBLE_DEVICES leaves, unless TSDL_DEVICE names one or none. */
export function cardsFor(env: Env, present = gpuNames().length): number {
  if (!['', 'auto', 'gpu'].includes(env.TSDL_DEVICE ?? '')) return 0;
  const visible = env.CUDA_VISIBLE_DEVICES;
  if (visible === undefined) return present;
  const list = visible.split(',').map((card) => card.trim());
  const end = list.findIndex((card) => card === '' || card === '-1'); // CUDA looks no further
  return Math.min(present, end === -1 ? list.length : end);
}

/**
 * The variables of the workers that start here. One worker a card: NCCL, which sums over cards, takes no two of one card.
 * @param network the device on which workers answer; NCCL, whose connections ask for no password either, keeps to it
 * @throws RangeError for more workers than cards
 */
export function environmentsOf(
  ranks: readonly number[],
  cards: number,
  env: Env,
): (rank: number, network: string) => Record<string, string> {
  const count = ranks.length;
  if (cards > 0 && count > cards) {
    throw new RangeError(
      `Cannot launch: expected at most ${cards} workers for ${cards} cards, got ${count}; TSDL_DEVICE=cpu computes without`,
    );
  }
  const each = env.TF_NUM_INTRAOP_THREADS ?? String(Math.max(1, Math.floor(availableParallelism() / count)));
  const threads = { TF_NUM_INTRAOP_THREADS: each, TF_NUM_INTEROP_THREADS: each, OMP_NUM_THREADS: each };
  return (rank, network) => ({
    ...(count > 1 && threads),
    ...(cards > 0 && count > 1 && { TSDL_DEVICE: `gpu:${ranks.indexOf(rank)}` }),
    ...(cards > 0 && { NCCL_SOCKET_IFNAME: env.NCCL_SOCKET_IFNAME ?? `=${network}` }),
  });
}
