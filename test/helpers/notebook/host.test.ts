import assert from 'node:assert/strict';

import type * as library from '../../../src/helpers/notebook/host';
import { kernelHost } from '../../../src/helpers/notebook/host';
import type * as kernel from '../../../src/kernel/runtime/host';

/** `true` only where each of two types fits in the place of the other, optional and read-only members included. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

describe('the notebook as the library sees it and as the kernel gives it', () => {
  it('is the same interface on both sides, which may not import each other', () => {
    const host: Same<library.KernelHost, kernel.KernelHost> = true;
    const options: Same<library.DisplayOptions, kernel.DisplayOptions> = true;
    const names: Same<keyof library.DisplayOptions, keyof kernel.DisplayOptions> = true;
    const given: Same<keyof library.KernelHost, keyof kernel.KernelHost> = true;
    assert.ok(host && options && names && given);
  });

  it('is not there outside a notebook', () => assert.equal(kernelHost(), undefined));
});
