/** A course in nbgrader from the release to the marks: two submissions, one right, one with every kind of mistake. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { courseNotebook } from '../../src/cli/run/course';
import { cellText, hasTag, type Notebook, parseNotebook } from '../../src/cli/run/notebook';
import { call, type Room, tsdl } from './room';

export const ASSIGNMENT = '03-neural-networks';

const read = (path: string): Notebook => parseNotebook(readFileSync(path, 'utf8'), path);
const tagged = ({ cells }: Notebook, tag: string) =>
  cells.filter((cell) => cell.cell_type === 'code' && hasTag(cell, tag));

export interface Marks {
  readonly student: string;
  readonly score: number;
  readonly most: number;
}

export class Grading {
  private readonly folder: string;

  constructor(private readonly room: Room) {
    this.folder = join(room.folder, 'graded');
  }

  private nbgrader(...args: string[]): string {
    return call('nbgrader', args, { cwd: this.folder, env: this.room.env });
  }

  private get release(): string {
    return join(this.folder, 'release', ASSIGNMENT);
  }

  /** The lecturer's version passes its own tests; the students' shows each exercise as the course has it. */
  prepare(): void {
    tsdl(['release', '--nbgrader', '--only', '03', '--out', this.folder]);
    const source = join(this.folder, 'source', ASSIGNMENT, `${ASSIGNMENT}.ipynb`);
    tsdl(['run', source, '--kernel', 'tslab', '--out', join(this.room.folder, 'source-run')]);
    this.nbgrader('generate_assignment', ASSIGNMENT);
    const given = tagged(read(join(this.release, `${ASSIGNMENT}.ipynb`)), 'exercise');
    const asked = tagged(courseNotebook(ASSIGNMENT), 'exercise');
    assert.deepEqual(
      given.map((cell) => cellText(cell).trim()),
      asked.map((cell) => cellText(cell).trim()),
    );
  }

  /** What the button Validate tells a student who has done nothing yet: every check fails. */
  validate(): void {
    const said = this.nbgrader('validate', join(this.release, `${ASSIGNMENT}.ipynb`));
    assert.match(
      said,
      new RegExp(`VALIDATION FAILED ON ${tagged(courseNotebook(ASSIGNMENT), 'check').length} CELL`),
    );
    assert.match(said, /✗ NAND 真值表/);
  }

  /** Hands in the release with other texts in the exercises and the checks, counted from 0. */
  submit(student: string, answers: Record<number, string>, checks: Record<number, string> = {}): void {
    const folder = join(this.folder, 'submitted', student, ASSIGNMENT);
    mkdirSync(join(this.folder, 'submitted', student), { recursive: true });
    cpSync(this.release, folder, { recursive: true });
    const file = join(folder, `${ASSIGNMENT}.ipynb`);
    const notebook = read(file);
    tagged(notebook, 'exercise').forEach((cell, i) => (cell.source = answers[i] ?? cell.source));
    tagged(notebook, 'check').forEach((cell, i) => (cell.source = checks[i] ?? cell.source));
    writeFileSync(file, JSON.stringify(notebook));
  }

  /** One submission is the course's own solutions; the other earns only its first exercise. */
  submitBoth(): void {
    const solutions = tagged(courseNotebook(ASSIGNMENT), 'solution').map(cellText);
    this.submit('right', Object.fromEntries(solutions.entries()));
    this.submit(
      'wrong',
      {
        0: solutions[0] ?? '',
        1: 'function mlpSize(i: number, h: number, o: number): number {\n  return i * h + h * h + h * o;\n}', // no biases
        2: 'function sigmoidSlope(z: tf.Tensor): tf.Tensor {\n  return "a word";\n}', // a type error
        // 3 is left as it was
        4: 'function xorByHand(): { W1: number[][]; b1: number[]; w2: number[] } {\n  throw new Error("?");\n}',
      },
      { 1: "console.log('✓ 改过的自检')" },
    );
  }

  autograde(): Marks[] {
    this.nbgrader('autograde', ASSIGNMENT, '--create');
    this.nbgrader('generate_feedback', ASSIGNMENT);
    this.nbgrader('export', '--to', 'marks.csv');
    const [head = '', ...rows] = readFileSync(join(this.folder, 'marks.csv'), 'utf8').trim().split(/\r?\n/);
    const at = (name: string): number => head.split(',').indexOf(name);
    return rows.map((row) => {
      const fields = row.split(',');
      const field = (name: string): string => fields[at(name)] ?? '';
      return {
        student: field('student_id'),
        score: Number(field('score')),
        most: Number(field('max_score')),
      };
    });
  }
}
