import type { DisplayOptions, MimeBundle } from '../../src/helpers/notebook/host';

const HOST = Symbol.for('tsdl.kernel');
const scope = globalThis as Record<symbol, unknown>;

export interface Shown {
  readonly bundle: MimeBundle;
  readonly options: DisplayOptions;
  readonly at: number;
}

/** Runs `body` inside a kernel that only writes down what it is asked to display. */
export async function inKernel(body: () => unknown, signal = new AbortController().signal): Promise<Shown[]> {
  const shown: Shown[] = [];
  const before = scope[HOST];
  scope[HOST] = {
    display: (bundle: MimeBundle, options: DisplayOptions = {}) =>
      shown.push({ bundle, options, at: performance.now() }),
    signal: () => signal,
  };
  try {
    await body();
  } finally {
    scope[HOST] = before;
  }
  return shown;
}

/** What a saved notebook would hold: the last bundle of each output, in the order in which they appeared. */
export function final(shown: readonly Shown[]): MimeBundle[] {
  const outputs = new Map<string, MimeBundle>();
  shown.forEach(({ bundle, options }, i) => outputs.set(options.id ?? `#${i}`, bundle));
  return [...outputs.values()];
}

/** Runs `body` and returns what it printed. */
export async function printed(body: () => unknown): Promise<string[]> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (...args: unknown[]) => lines.push(args.map(String).join(' '));
  try {
    await body();
  } finally {
    console.log = log;
  }
  return lines;
}
