import assert from 'node:assert/strict';

import { jobsOf } from '../../../src/cli/run/jobs';

const names = (...paths: string[]) => jobsOf(paths, '/out').map(({ name }) => name);

describe('jobsOf()', () => {
  it('calls notebooks by their file names', () => {
    assert.deepEqual(jobsOf(['/x/a/hw.ipynb', '/x/b/ex.ipynb'], '/out'), [
      { name: 'hw', path: '/x/a/hw.ipynb', out: '/out/hw.ipynb' },
      { name: 'ex', path: '/x/b/ex.ipynb', out: '/out/ex.ipynb' },
    ]);
  });

  it('tells those of one name apart by their folders', () => {
    assert.deepEqual(names('/x/a/hw.ipynb', '/x/b/hw.ipynb', '/x/ex.ipynb'), ['a/hw', 'b/hw', 'ex']);
    assert.deepEqual(names('/x/hw.ipynb', '/x/b/hw.ipynb'), ['hw', 'b/hw']);
    assert.deepEqual(names('/x/hw.ipynb', '/y/z/HW.ipynb'), ['x/hw', 'y/z/HW']);
    assert.deepEqual(names('/x/ab/hw.ipynb', '/x/ac/hw.ipynb'), ['ab/hw', 'ac/hw']);
  });

  it('runs a file once, however often it is named', () => {
    assert.deepEqual(names('/x/hw.ipynb', '/x/a/../hw.ipynb'), ['hw']);
  });
});
