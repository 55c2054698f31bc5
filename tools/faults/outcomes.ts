/** What came of the faults, as rows. */

/** One fault and how it was withstood; `passed` is undefined for what cannot be tried on this machine. */
export interface Outcome {
  readonly fault: string;
  readonly result: string;
  readonly passed: boolean | undefined;
}

/** Prints a row as soon as it is known: the whole takes minutes. */
export function outcome(fault: string, result: string, passed: boolean | undefined): Outcome {
  console.log(`${markOf(passed)} ${fault}: ${result}`);
  return { fault, result, passed };
}

const markOf = (passed: boolean | undefined): string => (passed === undefined ? '–' : passed ? '✔' : '✗');

/** The rows in Markdown. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ fault, result, passed }) => `| ${markOf(passed)} | ${fault} | ${result} |`);
  return ['|  | fault | result |', '| :-: | :-- | :-- |', ...rows].join('\n');
}
