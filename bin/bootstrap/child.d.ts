/** See child.js. */
export interface ChildOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  onLine?: (line: string) => void;
}
export interface ChildResult {
  code: number;
  output: string;
}
export function runChild(
  command: string,
  args: readonly string[],
  options?: ChildOptions,
): Promise<ChildResult>;
