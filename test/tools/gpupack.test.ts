import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import { pythonOf } from '../../src/setup/interpreter';
import { archive } from '../../tools/gpupack';
import type { Entry } from '../../tools/gpupack/contents';

const SOURCE = join(__dirname, '../../tools/gpupack');

interface Manifest {
  readonly pieces: readonly { name: string; bytes: number; sha256: string }[];
  readonly unpackedBytes: number;
}

/** Where the progress goes. */
const quiet = Object.assign(new PassThrough().resume(), { isTTY: false });

/** Bytes that xz cannot shrink, always the same. */
function noise(length: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(Array.from({ length }, () => (state = (state * 1103515245 + 12345) >>> 0) >>> 16));
}

describe('gpu-pack', function () {
  let dir: string;
  let out: string;
  before(function () {
    if (!existsSync(pythonOf())) this.skip();
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tsdl-pack-'));
    out = join(dir, 'out');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** A small tree with a stand-in for Node that tells how it was called. */
  function entries(last = 'the end'): Entry[] {
    const source = join(dir, 'source');
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, 'library.so'), noise(20_000, 1));
    writeFileSync(
      join(source, 'node'),
      '#!/bin/sh\necho "$@" "$TF_FORCE_GPU_ALLOW_GROWTH" "$TSDL_OFFLINE"\n',
    );
    chmodSync(join(source, 'node'), 0o755);
    return [
      { from: join(source, 'library.so'), to: '.runtime/tensorflow/library.so' },
      { from: join(source, 'node'), to: 'node/bin/node' },
      { text: '一个很长的名字', to: `node_modules/${'very-long/'.repeat(20)}name.txt` },
      { text: last, to: 'last.txt' },
    ];
  }

  async function pack(list = entries(), options: Record<string, unknown> = {}): Promise<Manifest> {
    const sizes = { pieceBytes: 6000, chunkBytes: 8192, level: 1, threads: 2 };
    const job = {
      entries: list,
      out,
      work: join(dir, 'work'),
      name: 'part',
      facts: {},
      ...sizes,
      ...options,
    };
    await archive(pythonOf(), job, quiet);
    return JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as Manifest;
  }

  /** Runs unpack.py, or Python code that has imported it. */
  function unpack(args: readonly string[], code?: string, env: NodeJS.ProcessEnv = {}) {
    const start = code === undefined ? [join(out, 'unpack.py')] : ['-c', `import unpack, sys\n${code}`];
    const { status, stdout, stderr } = spawnSync(pythonOf(), [...start, ...args], {
      cwd: out,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: join(dir, 'nowhere'), ...env },
    });
    return { status, stdout, stderr };
  }

  const target = () => join(dir, 'target');

  it('brings every file back and starts the check with its own Node', async () => {
    const list = entries();
    const { pieces, unpackedBytes } = await pack(list);
    assert.ok(pieces.length >= 3 && pieces.every(({ bytes }) => bytes <= 6000));
    assert.equal(
      unpackedBytes,
      list.reduce(
        (sum, one) => sum + ('text' in one ? Buffer.byteLength(one.text) : statSync(one.from).size),
        0,
      ),
    );
    const { status, stdout, stderr } = unpack(['--to', target(), '--device', 'cpu', '--quick']);
    assert.equal(status, 0, stderr);
    const lines = stdout.trim().split('\n').slice(-2);
    assert.match(lines[0] ?? '', /bin\/tool\.js gpupack --place true 1$/);
    assert.match(lines[1] ?? '', /bin\/tool\.js gpucheck --device cpu --quick true 1$/);
    for (const entry of list) {
      const expected = 'text' in entry ? Buffer.from(entry.text) : readFileSync(entry.from);
      assert.deepEqual(readFileSync(join(target(), entry.to)), expected);
    }
    assert.equal(statSync(join(target(), 'last.txt')).mode & 0o111, 0);
  });

  it('unpacks once, and again where the pieces have changed', async () => {
    await pack();
    unpack(['--to', target(), '--no-check']);
    writeFileSync(join(target(), 'mine.txt'), 'kept');
    assert.equal(unpack(['--to', target(), '--no-check']).status, 0);
    assert.ok(existsSync(join(target(), 'mine.txt')));
    await pack(entries('another end'));
    assert.equal(unpack(['--to', target(), '--no-check']).status, 0);
    assert.equal(readFileSync(join(target(), 'last.txt'), 'utf8'), 'another end');
  });

  it('says which pieces are missing and which are damaged, and leaves nothing behind', async () => {
    await pack();
    rmSync(join(out, 'part.001'));
    const bytes = readFileSync(join(out, 'part.002'));
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(join(out, 'part.002'), bytes);
    truncateSync(join(out, 'part.003'), 10);
    const { status, stderr } = unpack(['--to', target()]);
    assert.equal(status, 1);
    assert.match(stderr, /missing pieces.*part\.001\n/);
    assert.match(stderr, /damaged pieces.*part\.002 part\.003\n/);
    assert.ok(!existsSync(target()));
    rmSync(join(out, 'manifest.json'));
    assert.match(unpack(['--to', target()]).stderr, /missing.*manifest\.json/);
  });

  it('says that there is no space before it unpacks, and when the disk fills up', async () => {
    await pack();
    const full =
      'import collections\nunpack.shutil.disk_usage = lambda path: collections.namedtuple("U", "free")(9)';
    const run = '\ntry: unpack.main(sys.argv[1:])\nexcept unpack.Fault as fault: sys.exit(str(fault))';
    const { status, stderr } = unpack(['--to', target()], full + run);
    assert.equal(status, 1);
    assert.match(stderr, /no space.*MB needed.*--to/);
    const filling = [
      'import errno, runpy, shutil, sys',
      'def full(*arguments): raise OSError(errno.ENOSPC, "No space left on device", "library.so")',
      'shutil.copyfileobj = full',
      'sys.argv = ["unpack.py"] + sys.argv[1:]',
      'runpy.run_path("unpack.py", run_name="__main__")',
    ].join('\n');
    const later = unpack(['--to', target()], filling);
    assert.equal(later.status, 1);
    assert.match(later.stderr, /^✗ no space left: library\.so; --to/);
    assert.ok(!existsSync(target()));
  });

  it('says which Pythons it was packed for', async () => {
    await pack(entries(), { facts: { pythons: ['3.1', '3.2'] } });
    const { status, stderr } = unpack(['--to', target()]);
    assert.equal(status, 1);
    assert.match(stderr, /packed for other Pythons than 3\.\d+: python3\.1 python3\.2 unpack\.py/);
    const chinese = unpack(['--to', target()], undefined, { TSDL_LANG: 'zh', PYTHONUTF8: '1' });
    assert.match(chinese.stderr, /打包时没有带/);
    assert.ok(!existsSync(target()));
  });

  it('refuses a folder that holds something else', async () => {
    await pack();
    mkdirSync(target());
    writeFileSync(join(target(), 'thesis.txt'), 'mine');
    const { status, stderr } = unpack(['--to', target()]);
    assert.equal(status, 1);
    assert.match(stderr, /not empty/);
    assert.deepEqual(readdirSync(target()), ['thesis.txt']);
  });

  it('unpacks with xz where Python has no lzma', async function () {
    if (spawnSync('xz', ['--version']).status !== 0) this.skip();
    await pack();
    const code = 'sys.modules["lzma"] = None\nsys.exit(unpack.main(sys.argv[1:]))';
    const { status, stderr } = unpack(['--to', target(), '--no-check'], code);
    assert.equal(status, 0, stderr);
    assert.deepEqual(readFileSync(join(target(), '.runtime/tensorflow/library.so')), noise(20_000, 1));
  });

  it('writes nothing again, goes on after an interruption, and keeps what has not changed', async () => {
    const first = await pack();
    const dates = () => first.pieces.map(({ name }) => lstatSync(join(out, name)).mtimeMs);
    const before = dates();
    assert.deepEqual(await pack(), first);
    assert.deepEqual(dates(), before);
    const chunks = readdirSync(join(dir, 'work'));
    rmSync(join(dir, 'work', chunks[0] ?? ''));
    writeFileSync(join(dir, 'work', 'abc.xz.1.part'), 'half');
    rmSync(join(out, 'part.002'));
    rmSync(join(out, 'manifest.json'));
    assert.deepEqual(await pack(), first);
    assert.deepEqual(readdirSync(join(dir, 'work')).sort(), chunks.sort());
    const changed = await pack(entries('a later end'));
    assert.deepEqual(changed.pieces.slice(0, 2), first.pieces.slice(0, 2));
    assert.notDeepEqual(changed.pieces.at(-1), first.pieces.at(-1));
  });

  it('looks for CUDA where the Python of --peer has PyTorch’s', () => {
    const packages = join(dir, 'torch');
    mkdirSync(join(packages, 'nvidia/cu13/lib'), { recursive: true });
    const peer = join(dir, 'peer');
    writeFileSync(peer, `#!/bin/sh\necho ${packages}\n`, { mode: 0o755 });
    const code = 'import sys, unpack\nprint(unpack.library_folders(sys.argv[1])[0])';
    const env = { PYTHONDONTWRITEBYTECODE: '1', PATH: process.env.PATH };
    const { stdout } = spawnSync(pythonOf(), ['-c', code, peer], { cwd: SOURCE, encoding: 'utf8', env });
    assert.equal(stdout.trim(), join(packages, 'nvidia/cu13/lib'));
  });

  it('links the names TensorFlow asks for to what is there, the right version first', () => {
    const [cuda13, own] = [join(dir, 'cuda13'), join(dir, 'to/.runtime/tensorflow-1-gpu/nvidia/cublas/lib')];
    for (const folder of [cuda13, own]) mkdirSync(folder, { recursive: true });
    const names = [
      'libcublas.so.13',
      'libcublasLt.so.13',
      'libcufft.so.12',
      'libcusolver.so.12',
      'libcusparse.so.12',
    ];
    const deep = ['libcudnn.so.9', 'libcudnn_graph.so.9', 'libnvJitLink.so.13'];
    for (const name of [...names, ...deep]) writeFileSync(join(cuda13, name), '');
    writeFileSync(join(own, 'libcublas.so.12'), '');
    const to = join(dir, 'to');
    mkdirSync(out);
    const { stdout, stderr } = spawnSync(
      pythonOf(),
      ['-c', 'import sys, unpack\nprint(" ".join(unpack.link_cuda(sys.argv[1], sys.argv[2:])))', to, cuda13],
      { cwd: SOURCE, encoding: 'utf8', env: { PYTHONDONTWRITEBYTECODE: '1' } },
    );
    assert.equal(stderr, '');
    assert.deepEqual(stdout.trim().split(' '), [
      'libcurand.so.10',
      'libcupti.so.12',
      'libnvrtc.so.12',
      'libnccl.so.2',
    ]);
    const link = (name: string) => readlinkSync(join(to, 'cuda', name));
    assert.equal(link('libcublas.so.12'), join(own, 'libcublas.so.12'));
    assert.equal(link('libcublasLt.so.12'), join(cuda13, 'libcublasLt.so.13'));
    assert.equal(link('libcublasLt.so.13'), join(cuda13, 'libcublasLt.so.13'));
    assert.equal(link('libcufft.so.11'), join(cuda13, 'libcufft.so.12'));
    assert.equal(link('libcusolver.so.11'), join(cuda13, 'libcusolver.so.12'));
    assert.equal(link('libcusparse.so.12'), join(cuda13, 'libcusparse.so.12'));
    assert.equal(link('libnvJitLink.so.12'), join(cuda13, 'libnvJitLink.so.13'));
    assert.equal(link('libcudnn_graph.so.9'), join(cuda13, 'libcudnn_graph.so.9'));
  });
});
