/**
 * A notebook as the source of an nbgrader assignment. An exercise and its solution become one answer cell: nbgrader
 * takes out what stands between its two marks and leaves the exercise as the course has it. Checks become the tests.
 */
import { cellText, hasTag, type Notebook, type NotebookCell } from '../run/notebook';
import { type ReleaseContext, released } from './student';

/** What `nbgrader` needs to know of the course; the lecturer may go on from here. */
export const CONFIG = `# 由 npx tsdl release --nbgrader 写出；可以改，再次发布不会覆盖它。
c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "tsdl"

# 笔记本自己写好了学生看到的代码，不用再补。
c.ClearSolutions.code_stub = {"typescript": ""}
c.ClearSolutions.text_stub = "在这里作答。"

# 批改时从头执行一遍；训练的单元在慢机器上也要跑得完（秒）。
c.Execute.timeout = 900
c.Execute.startup_timeout = 120
`;

/** What a graded notebook has to know besides. */
export interface GradedContext extends ReleaseContext {
  /** Points of each check, and of an exercise that is graded by hand. */
  readonly points: number;
}

/** The lecturer's version, from which `nbgrader generate_assignment` makes the students'. */
export function nbgraderSource(notebook: Notebook, context: GradedContext): Notebook {
  const cells: NotebookCell[] = [];
  notebook.cells.forEach((cell, place) => {
    if (hasTag(cell, 'solution')) return;
    if (hasTag(cell, 'exercise')) cells.push(answer(cell, behind(notebook.cells, place), context.points));
    else if (hasTag(cell, 'check')) cells.push(marked(cell, { grade: true, points: context.points }));
    else cells.push(cell);
  });
  return released(cells, context);
}

/** The cells from an exercise to the next one. */
function behind(cells: readonly NotebookCell[], place: number): readonly NotebookCell[] {
  const next = cells.findIndex((cell, i) => i > place && hasTag(cell, 'exercise'));
  return cells.slice(place + 1, next < 0 ? undefined : next);
}

function answer(exercise: NotebookCell, following: readonly NotebookCell[], points: number): NotebookCell {
  const solutions = following.filter((cell) => hasTag(cell, 'solution'));
  const checked = following.some((cell) => hasTag(cell, 'check'));
  const source = solutions.length > 0 ? withSolution(cellText(exercise), solutions) : cellText(exercise);
  // Without a check somebody has to read it.
  return marked({ ...exercise, source }, { solution: true, ...(checked ? {} : { grade: true, points }) });
}

/**
 * The solution, then the exercise in a function that nobody calls, so that the cell declares its names once. All but
 * the exercise lies between marks; the lines between them must not name the marks themselves.
 */
function withSolution(exercise: string, solutions: readonly NotebookCell[]): string {
  const lines = solutions.flatMap((cell) => {
    const text = cellText(cell).split('\n');
    return cell.cell_type === 'markdown' ? text.map((line) => `// ${line}`) : text;
  });
  return [
    '// BEGIN SOLUTION',
    ...lines,
    'void (async () => { // 学生拿到的是下面这几行',
    '// END SOLUTION',
    exercise,
    '// BEGIN SOLUTION',
    '});',
    '// END SOLUTION',
  ].join('\n');
}

/** A cell with nbgrader's metadata: a locked test, or an answer. */
function marked(
  cell: NotebookCell,
  { grade = false, solution = false, points }: { grade?: boolean; solution?: boolean; points?: number },
): NotebookCell {
  const nbgrader = {
    ...{ cell_type: cell.cell_type, grade, grade_id: cell.id, locked: !solution, schema_version: 3 },
    ...{ solution, task: false },
    ...(grade ? { points } : {}),
  };
  return { ...cell, metadata: { ...cell.metadata, nbgrader } };
}
