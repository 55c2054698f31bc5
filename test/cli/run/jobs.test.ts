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

  it('calls those of a folder of the course by it too, wherever the course lies', () => {
    const path = '/x/11-summary/04-gpt.ipynb';
    assert.deepEqual(jobsOf(['/x/04-gpt.ipynb', path], '/out').at(-1), {
      name: '11-summary/04-gpt',
      path,
      out: '/out/11-summary/04-gpt.ipynb',
    });
    assert.deepEqual(names('/x/11-summary.ipynb', '/x/04-gpt.ipynb'), ['11-summary', '04-gpt']);
    assert.deepEqual(names(path, '/y/11-summary/04-gpt.ipynb'), [
      'x/11-summary/04-gpt',
      'y/11-summary/04-gpt',
    ]);
  });

  it('runs a file once, however often it is named', () => {
    assert.deepEqual(names('/x/hw.ipynb', '/x/a/../hw.ipynb'), ['hw']);
  });
});
