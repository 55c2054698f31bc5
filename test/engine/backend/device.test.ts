import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  cardName,
  gpuNames,
  missingInstructions,
  nvidiaPresent,
  parseDevice,
  visibleDevices,
} from '../../../src/engine/backend/device';

describe('parseDevice', () => {
  it('reads the four forms', () => {
    assert.deepEqual(parseDevice(undefined), { kind: 'auto' });
    assert.deepEqual(parseDevice('cpu'), { kind: 'cpu' });
    assert.deepEqual(parseDevice('js'), { kind: 'js' });
    assert.deepEqual(parseDevice('gpu'), { kind: 'gpu', index: undefined });
    assert.deepEqual(parseDevice('gpu:1'), { kind: 'gpu', index: 1 });
  });

  it('rejects anything else with the forms there are', () => {
    for (const value of ['cuda', 'gpu:', 'gpu:-1', 'GPU', 'cpu:0']) {
      assert.throws(() => parseDevice(value), {
        name: 'RangeError',
        message: `Cannot use TSDL_DEVICE: expected gpu, gpu:1, cpu or js, got "${value}"`,
      });
    }
  });
});

describe('visibleDevices', () => {
  it('hides every GPU from the CPU, and shows one alone: the one asked for, else the first', () => {
    assert.equal(visibleDevices({ kind: 'cpu' }, '0,1'), '-1');
    assert.equal(visibleDevices({ kind: 'gpu', index: 1 }, undefined), '1');
    assert.equal(visibleDevices({ kind: 'gpu' }, '3'), '3');
    assert.equal(visibleDevices({ kind: 'gpu' }, '3,1'), '3');
    assert.equal(visibleDevices({ kind: 'auto' }, undefined), '0');
    assert.equal(visibleDevices({ kind: 'auto' }, '5, 2'), '5');
    assert.equal(visibleDevices({ kind: 'js' }, '5, 2'), '5, 2');
  });

  it('names the number of cards where one is asked for that is not there', () => {
    assert.equal(visibleDevices({ kind: 'gpu', index: 1 }, undefined, 2), '1');
    assert.throws(() => visibleDevices({ kind: 'gpu', index: 2 }, undefined, 2), {
      name: 'RangeError',
      message: 'Cannot use TSDL_DEVICE=gpu:2: this machine has 2 GPU(s), counted from gpu:0, got index 2',
    });
  });

  it('counts within the GPUs that are visible already', () => {
    assert.equal(visibleDevices({ kind: 'gpu', index: 1 }, '2,5'), '5');
    assert.throws(() => visibleDevices({ kind: 'gpu', index: 2 }, '2,5'), /shows 2 GPU\(s\).*got index 2/);
  });
});

describe('cardName', () => {
  it('follows the card that is visible', () => {
    const names = ['NVIDIA H200', 'Tesla T4'];
    assert.equal(cardName('1', names), 'Tesla T4');
    assert.equal(cardName('GPU-8f0c', names), 'NVIDIA GPU');
    assert.equal(cardName(undefined, names), 'NVIDIA GPU');
  });
});

describe('the driver and the processor', () => {
  let root: string;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'tsdl-root-'))));
  afterEach(() => rmSync(root, { recursive: true }));

  it('finds no card in an empty system', () => {
    assert.equal(nvidiaPresent(root), false);
    assert.deepEqual(gpuNames(root), []);
  });

  it('reads the card names from the files of the driver', () => {
    for (const [slot, model] of [
      ['0000:41:00.0', 'NVIDIA H200'],
      ['0000:81:00.0', 'GeForce GTX 1080'],
    ] as const) {
      const folder = join(root, 'proc/driver/nvidia/gpus', slot);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'information'), `Model: \t\t ${model}\nIRQ: 1\n`);
    }
    writeFileSync(join(root, 'proc/driver/nvidia/version'), 'NVRM version');
    assert.equal(nvidiaPresent(root), true);
    assert.deepEqual(gpuNames(root), ['NVIDIA H200', 'NVIDIA GeForce GTX 1080']);
  });

  it('misses AVX where the processor lacks it, and asks only x64', () => {
    const cpuinfo = join(root, 'cpuinfo');
    writeFileSync(cpuinfo, 'processor: 0\nflags\t\t: fpu sse2 sse4_2 avx2\n');
    assert.equal(missingInstructions(cpuinfo, 'x64'), 'AVX');
    assert.equal(missingInstructions(cpuinfo, 'arm64'), undefined);
    writeFileSync(cpuinfo, 'flags\t\t: fpu sse2 avx');
    assert.equal(missingInstructions(cpuinfo, 'x64'), undefined);
  });
});
