/** `tsdl new NAME`: a folder with a first notebook of the course's form. */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';

import { Fault } from '../../../bin/bootstrap/fault';
import { say } from '../../../bin/bootstrap/language';
import { writeAtomically } from '../../helpers/files/file';
import { formatNotebook } from '../run/notebook';
import { firstNotebook, readme } from './template';

const HELP = {
  zh: `tsdl new 文件夹
新建一门课：一个可以运行的 notebook（有练习、自检和答案）和一页说明`,
  en: `tsdl new FOLDER
begins a course: a notebook that runs (an exercise, its check and its solution) and a page about it`,
};

const FIRST = '01-start';

function create(name: string): number {
  const folder = resolve(name);
  if (existsSync(folder))
    throw new Fault(
      { zh: `${name} 已经存在，没有改动它。`, en: `${name} is there already and stays as it is.` },
      { zh: 'npx tsdl new 另一个名字', en: 'npx tsdl new ANOTHER-NAME' },
    );
  mkdirSync(folder, { recursive: true });
  const title = basename(folder);
  const notebook = { cells: firstNotebook(title), metadata: {}, nbformat: 4, nbformat_minor: 5 };
  writeAtomically(join(folder, `${FIRST}.ipynb`), formatNotebook(JSON.stringify(notebook), FIRST));
  writeAtomically(join(folder, 'README.md'), readme(title));
  const shown = relative(process.cwd(), folder) || folder;
  const next = `\n  cd ${shown}\n  npx tsdl lab`;
  console.log(say({ zh: `已新建 ${shown}。接下来：${next}`, en: `Made ${shown}. Next:${next}` }));
  return 0;
}

/** Gives the exit code. */
// eslint-disable-next-line @typescript-eslint/require-await -- every sub-command has this signature
async function course(argv: string[]): Promise<number> {
  const [name = '--help'] = argv;
  if (argv.length > 1 || (name.startsWith('-') && name !== '--help'))
    throw new Fault(
      { zh: `tsdl new 不认识 ${argv.join(' ')}。`, en: `tsdl new does not know ${argv.join(' ')}.` },
      'npx tsdl new --help',
    );
  if (name !== '--help') return create(name);
  console.log(say(HELP));
  return 0;
}

export { course as new };
