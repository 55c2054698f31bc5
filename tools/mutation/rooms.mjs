/**
 * What is mutated (globs as Stryker takes them), and by which test files: one entry a room; change them here alone.
 * A room is tested by its own tests, so that they hold without those of the rooms above.
 */
const room = (folder) => ({ mutate: [`src/${folder}/**/*.ts`], tests: new RegExp(`^test/${folder}/`) });

export const ROOMS = {
  optim: room('helpers/optim'),
  data: room('helpers/data'),
  train: room('helpers/train'),
  inspect: room('helpers/inspect'),
  nn: room('nn'),
};

/** Test files that take long; the others come first. */
export const LATE = /\/(packed|fit|source|resume|saving|mode|checkpoint|pytorch)\.test\.ts$/;
