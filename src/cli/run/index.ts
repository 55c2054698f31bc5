/** `tsdl run`: executes notebooks in fresh kernels and says whether every cell of every one succeeded. */
import { say } from '../../../bin/bootstrap/language';
import { parseRunOptions, type RunOptions, USAGE } from './options';
import { Run } from './whole';

/** Exit code 0 only if every cell of every notebook succeeded; 130 after Ctrl-C. */
export async function run(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(say(USAGE));
    return 0;
  }
  let options: RunOptions;
  try {
    options = parseRunOptions(argv);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${say(USAGE)}`);
    return 1;
  }
  const session = new Run(options);
  const report = await session.execute();
  session.show(report);
  const written = !options.write || session.writeBack(report);
  if (!written && report.status === 'passed') return 1;
  return { passed: 0, failed: 1, interrupted: 130 }[report.status];
}
