import assert from 'node:assert/strict';

import { kernelspec, nodeOf } from '../../src/setup/kernelspec';

describe('nodeOf', () => {
  const spec = (change: (argv: string[]) => void): string => {
    const parsed = JSON.parse(kernelspec()) as { argv: string[] };
    change(parsed.argv);
    return JSON.stringify(parsed);
  };

  it('gives the Node of a kernelspec of this project', () => {
    assert.equal(nodeOf(kernelspec()), process.execPath);
  });

  it('gives none where that Node is gone, the project is another, or nothing is registered', () => {
    assert.equal(nodeOf(spec((argv) => (argv[0] = '/gone/bin/node'))), undefined);
    assert.equal(nodeOf(spec((argv) => (argv[1] = '/elsewhere/bin/kernel.js'))), undefined);
    assert.equal(nodeOf('{"argv"'), undefined);
    assert.equal(nodeOf(undefined), undefined);
  });
});
