/** `tsdl release`: the course's notebooks for students, without solutions, or as the sources of an nbgrader course. */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { Fault } from '../../../bin/bootstrap/fault';
import { say, type Text } from '../../../bin/bootstrap/language';
import { visible, visibleInLine } from '../../../bin/bootstrap/visible';
import { PROJECT } from '../../engine/backend/paths';
import { courseNotebook, notebookNames, NOTEBOOKS } from '../run/course';
import { enclosed } from '../run/enclosed';
import { hasTag, type Notebook } from '../run/notebook';
import { CONFIG, nbgraderSource } from './nbgrader';
import { studentNotebook } from './student';
import { type OutFile, writeAll } from './write';

const USAGE = {
  zh: `用法：npm run release -- [选项]

  --only 03,05      只做这几节
  --out 文件夹       写到这里（默认 build/release；--nbgrader 时默认 build/nbgrader）
  --kernel 名称      笔记本要用的内核，学生的 Jupyter 里装的那一个（默认 tsdl）
  --nbgrader        写成 nbgrader 课程：nbgrader_config.py 和 source/作业/笔记本
  --points 2        每个自检几分（默认 1；只用于 --nbgrader）
  --force           覆盖已有的、内容不同的文件`,
  en: `usage: npm run release -- [options]

  --only 03,05      these sections only
  --out FOLDER      where they go (build/release, or build/nbgrader with --nbgrader)
  --kernel NAME     the kernel that the notebooks ask for, the one in the students’ Jupyter (default tsdl)
  --nbgrader        as an nbgrader course: nbgrader_config.py and source/ASSIGNMENT/NOTEBOOK
  --points 2        points for each check (default 1; only with --nbgrader)
  --force           replaces files that are there with another content`,
};

/** The arguments, read. */
export interface ReleaseOptions {
  readonly only: readonly string[];
  readonly out: string;
  readonly kernel: string;
  readonly nbgrader: boolean;
  readonly points: number;
  readonly force: boolean;
}

/**
 * Exit code 0 when every notebook of `folder` was written. One that cannot be read is named and left out; of the others
 * all files are written or none.
 */
export function release(argv: string[], folder = NOTEBOOKS): Promise<number> {
  if (!argv.includes('--help')) return Promise.resolve(make(parseReleaseOptions(argv), folder) ? 0 : 1);
  console.log(say(USAGE));
  return Promise.resolve(0);
}

/** @throws Fault for a value that cannot be used */
export function parseReleaseOptions(argv: readonly string[]): ReleaseOptions {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { only: text, out: text, kernel: text, points: text, nbgrader: flag, force: flag },
  });
  const { kernel = 'tsdl', nbgrader, force } = values;
  const points = Number(values.points ?? 1);
  const refuse = (words: Text): never => {
    throw new Fault(words, 'npx tsdl release --help');
  };
  if (!/^[A-Za-z0-9._-]+$/.test(kernel))
    refuse({
      zh: `内核名称只能用字母、数字和 . _ -，收到 "${kernel}"。`,
      en: `A kernel’s name has letters, digits and . _ - only, not "${kernel}".`,
    });
  if (!(points > 0 && points < Infinity))
    refuse({
      zh: `--points 要大于 0 的数，收到 "${values.points}"。`,
      en: `--points is a number above 0, not "${values.points}".`,
    });
  if (values.points !== undefined && !nbgrader)
    refuse({ zh: '--points 要和 --nbgrader 一起用。', en: '--points goes with --nbgrader.' });
  if (values.out === '') refuse({ zh: '--out 后面缺少文件夹。', en: '--out lacks its folder.' });
  return {
    only: values.only?.split(',').map((name) => name.trim()) ?? [],
    out: resolve(values.out ?? join(PROJECT, 'build', nbgrader ? 'nbgrader' : 'release')),
    kernel,
    nbgrader,
    points,
    force,
  };
}

function make(options: ReleaseOptions, folder: string): boolean {
  const { out, kernel, nbgrader } = options;
  const { notebooks, unreadable } = readCourse(options.only, folder);
  const config = join(out, 'nbgrader_config.py');
  const kept = nbgrader && existsSync(config);
  writeAll(out, filesOf(notebooks, folder, options, kept), options.force);
  const shown = relative(process.cwd(), out) || '.';
  const exercises = [...notebooks.values()]
    .flatMap(({ cells }) => cells)
    .filter((cell) => hasTag(cell, 'exercise'));
  console.log(
    say({
      zh: `已写出 ${shown}：${notebooks.size} 本，${exercises.length} 道练习。`,
      en: `written: ${shown}, ${notebooks.size} notebook(s) with ${exercises.length} exercise(s).`,
    }),
  );
  console.log(
    say({
      zh: `笔记本要用的内核叫 ${kernel}：学生的 Jupyter 里没有时，npx tsdl kernel install --prefix 目录 --name ${kernel}`,
      en: `The notebooks ask for the kernel ${kernel}; where the students’ Jupyter lacks it: npx tsdl kernel install --prefix FOLDER --name ${kernel}`,
    }),
  );
  if (kept)
    console.log(
      say({
        zh: 'nbgrader_config.py 已经有了，没有改动。',
        en: 'nbgrader_config.py was there already and stays as it is.',
      }),
    );
  if (!nbgrader) return !unreadable;
  const next = `cd ${shown} && nbgrader generate_assignment ${assignmentOf([...notebooks.keys()][0] ?? '')}`;
  console.log(visibleInLine(say({ zh: `下一步：${next}`, en: `next: ${next}` })));
  return !unreadable;
}

/** The notebooks to release, by name. @throws Fault when one is not there or cannot be read */
function readCourse(
  only: readonly string[],
  folder: string,
): { notebooks: Map<string, Notebook>; unreadable: boolean } {
  const notebooks = new Map<string, Notebook>();
  const refuse = ({ message }: Error): never => {
    throw new Fault(
      { zh: `不能发布：${message}`, en: `Cannot release: ${message}` },
      'npx tsdl release --help',
    );
  };
  let fault: Error | undefined;
  for (const name of namesIn(folder, only, refuse)) {
    try {
      notebooks.set(name, courseNotebook(name, folder));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      fault = error;
      console.error(
        visible(
          say({ zh: `✗ 没有发布 ${name}：${error.message}`, en: `✗ ${name} is left out: ${error.message}` }),
        ),
      );
    }
  }
  if (fault && notebooks.size === 0) refuse(fault);
  return { notebooks, unreadable: fault !== undefined };
}

function namesIn(folder: string, only: readonly string[], refuse: (error: Error) => never): string[] {
  try {
    return notebookNames(folder, only);
  } catch (error) {
    if (error instanceof RangeError) return refuse(error);
    throw error;
  }
}

function filesOf(
  notebooks: ReadonlyMap<string, Notebook>,
  from: string,
  { kernel, nbgrader, points }: ReleaseOptions,
  kept: boolean,
): OutFile[] {
  const files = [...notebooks].flatMap(([name, notebook]): OutFile[] => {
    const [within, base] = [posix.dirname(name), posix.basename(name)];
    // nbgrader hands out each notebook in a folder of its own, so that links between them lead nowhere.
    const isThere = (link: string) => !nbgrader && notebooks.has(posix.join(within, link));
    const made = nbgrader
      ? nbgraderSource(notebook, { kernel, isThere, points })
      : studentNotebook(notebook, { kernel, isThere });
    const folder = nbgrader ? join('source', assignmentOf(name)) : within;
    const beside = filesBeside(notebook, join(from, within)).map(([path, file]) => ({
      path: join(folder, path),
      bytes: readFileSync(file),
    }));
    const text = `${JSON.stringify(made, null, 1)}\n`;
    return [{ path: join(folder, `${base}.ipynb`), bytes: Buffer.from(text) }, ...beside];
  });
  return nbgrader && !kept ? [...files, { path: 'nbgrader_config.py', bytes: Buffer.from(CONFIG) }] : files;
}

/** What nbgrader calls a notebook's assignment: a folder's name. */
const assignmentOf = (notebook: string): string => notebook.replaceAll('/', '-');

/** Pictures, records and programs that a notebook's prose names, as named and where they lie: below its folder. */
function filesBeside(notebook: Notebook, from: string): [string, string][] {
  const text = JSON.stringify(notebook.cells.filter((cell) => cell.cell_type === 'markdown'));
  const named = [...text.matchAll(/\b(?:images|fixtures|programs)\/[\w.-]*\w/g)].map(([path]) => path);
  return [...new Set(named)].flatMap((path): [string, string][] => {
    const file = enclosed(from, path);
    return file === undefined ? [] : [[path, file]];
  });
}
