/**
 * `npm run test:class [-- --students 1,2,4] [--part hub|nbgrader]`: docs/class.md on this machine, as root, on the loopback interface only.
 * A real JupyterHub with accounts of the system whose students run notebook 03 at once, and a real nbgrader that
 * grades a right and a wrong submission. JupyterHub, its proxy and nbgrader come from the package indexes into a
 * temporary folder; accounts, processes and the folder are gone at the end.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Fault, report } from '../../bin/bootstrap/fault';
import { courseNotebook } from '../../src/cli/run/course';
import { hasTag } from '../../src/cli/run/notebook';
import { ASSIGNMENT, Grading } from './grading';
import { Hub, type Lesson } from './hub';
import { Room, tsdl } from './room';

/** Every check meets an unsolved exercise and says what is wrong; nothing else fails. */
function checkVisits({ visits }: Lesson): void {
  const checks = courseNotebook(ASSIGNMENT).cells.filter((cell) => hasTag(cell, 'check'));
  for (const { kernel, errors } of visits) {
    assert.equal(kernel, 'tsdl');
    assert.deepEqual(
      errors.map(({ id }) => id),
      checks.map(({ id }) => id),
    );
    for (const { message } of errors) assert.match(message, /^✗ /);
  }
}

const largest = (values: readonly number[]): number => Math.max(...values);

/** The figures of a lesson in one line. */
function figures({ visits, kernelMB, serverMB, togetherMB }: Lesson): string {
  const seconds = largest(visits.map((visit) => visit.seconds)).toFixed(0);
  const first = largest(visits.map(({ firstCell }) => firstCell)).toFixed(1);
  const each = `kernel ${largest(kernelMB)} MB and server ${largest(serverMB)} MB each`;
  return `${visits.length} at once: ${seconds} s, first cell after ${first} s; ${each}, ${togetherMB} MB together`;
}

async function lessons(room: Room, hub: Hub, sizes: readonly number[]): Promise<void> {
  const course = join(room.folder, 'course');
  tsdl(['release', '--only', '03', '--out', course]);
  await hub.open();
  for (const size of sizes) {
    const accounts = room.accounts.slice(0, size);
    const lesson = await hub.lesson(accounts, course, `${ASSIGNMENT}.ipynb`);
    checkVisits(lesson);
    accounts.forEach((account) => hub.checkConnections(account));
    await hub.culled(accounts);
    console.log(`✔ ${figures(lesson)}`);
  }
  await hub.left(room.accounts);
  console.log('✔ kernels and servers that nobody uses are ended');
}

function grading(room: Room): void {
  const course = new Grading(room);
  course.prepare();
  console.log(
    '✔ nbgrader: the release has every exercise as the course has it; its source passes its own tests',
  );
  course.validate();
  console.log('✔ nbgrader: validate names every check of an unsolved notebook');
  course.submitBoth();
  const marks = course.autograde();
  console.log(`  ${marks.map(({ student, score, most }) => `${student} ${score}/${most}`).join(', ')}`);
  assert.deepEqual(marks, [
    { student: 'right', score: 5, most: 5 },
    { student: 'wrong', score: 1, most: 5 },
  ]);
  console.log('✔ nbgrader: the marks are right');
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { students: { type: 'string', default: '1,2,4' }, part: { type: 'string' } },
  });
  const sizes = values.students.split(',').map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size > 0))
    throw new Fault(
      `--students 要正整数，收到 "${values.students}"。`,
      'npm run test:class -- --students 1,2',
    );
  if (values.part !== undefined && !['hub', 'nbgrader'].includes(values.part))
    throw new Fault(`--part 要 hub 或 nbgrader，收到 "${values.part}"。`, 'npm run test:class -- --part hub');
  const room = new Room();
  const hub = new Hub(room);
  const finish = async (): Promise<void> => {
    await hub.close();
    room.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void finish().then(() => process.exit(130)));
  try {
    room.addAccounts(largest([2, ...sizes]));
    room.install();
    if (values.part !== 'hub') grading(room);
    if (values.part !== 'nbgrader') await lessons(room, hub, sizes);
    return 0;
  } finally {
    await finish();
  }
}

void main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(report(error)),
);
