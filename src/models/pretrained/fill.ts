/** Fills networks with weights that others have trained, by torchvision's options `weights` and, older, `pretrained`. */
import { loadStateDict, type Stateful } from '../../helpers/io';
import type { Weights } from './entry';
import { type FetchOptions, weightsPath } from './store';

/** Asks for trained weights, by their name or as an object; the network is then given as a promise. */
export type FromWeights<N extends string> = {
  readonly numClasses?: number;
  /** How the file is fetched where it is not on this machine. */
  readonly fetch?: FetchOptions;
} & ({ readonly weights: N | Weights } | { readonly pretrained: true });

/** What a builder may be asked for, with and without weights. */
export interface MaybeWeights {
  readonly numClasses?: number;
  readonly weights?: string | Weights | null;
  /** As before torchvision 0.13: the first weights there were. */
  readonly pretrained?: boolean;
  readonly fetch?: FetchOptions;
}

/**
 * Builds a network, and fills it where weights are asked for.
 * @param known the network's weights by name
 * @throws RangeError for an unknown name, or another number of classes than the weights have
 */
export function built<M extends Stateful>(
  build: () => M,
  known: Readonly<Record<string, Weights>>,
  options: MaybeWeights,
): M | Promise<M> {
  const weights = chosen(known, options);
  if (!weights) return build();
  const { numClasses = weights.categories.length } = options;
  if (numClasses !== weights.categories.length) {
    throw new RangeError(
      `Cannot load ${weights.file} into a network of ${numClasses} classes: expected numClasses ${weights.categories.length}; ` +
        'put another layer in the place of its last one afterwards',
    );
  }
  return filled(build, weights, options.fetch);
}

function chosen(
  known: Readonly<Record<string, Weights>>,
  { weights, pretrained = false }: MaybeWeights,
): Weights | undefined {
  const asked = weights ?? (pretrained ? Object.keys(known)[0] : undefined);
  if (typeof asked !== 'string') return asked;
  const found = Object.hasOwn(known, asked) ? known[asked] : undefined;
  if (found) return found;
  throw new RangeError(
    `Cannot find weights: expected one of ${Object.keys(known).join(', ')}, got "${asked}"`,
  );
}

async function filled<M extends Stateful>(
  build: () => M,
  weights: Weights,
  fetch?: FetchOptions,
): Promise<M> {
  const path = await weightsPath(weights, fetch);
  const model = build();
  await loadStateDict(model, path);
  return model;
}
