/** The language server as an editor starts it, spoken to in frames. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Rpc, type RpcMessage } from '../../src/kernel/lsp/rpc';

const ROOT = resolve(__dirname, '../..');

describe('tsdl lsp', function () {
  this.timeout(120_000);
  let child: ChildProcessWithoutNullStreams;
  let rpc: Rpc;
  const got: RpcMessage[] = [];

  before(() => {
    child = spawn(process.execPath, [join(ROOT, 'bin/tsdl.js'), 'lsp'], { cwd: ROOT });
    rpc = new Rpc(child.stdout, child.stdin, (message) => got.push(message));
  });
  after(() => child.kill());

  const until = async (isIt: (message: RpcMessage) => boolean): Promise<RpcMessage> => {
    for (;;) {
      const found = got.find(isIt);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      await new Promise((settle) => setTimeout(settle, 20));
    }
  };

  it('opens a notebook, says what is wrong in it, answers, and ends when it is told to', async () => {
    const uri = pathToFileURL(join(ROOT, '.virtual_documents/notebooks/book.ipynb')).href;
    rpc.send({ id: 1, method: 'initialize', params: { capabilities: {} } });
    rpc.send({ method: 'initialized', params: {} });
    const text = "import { add } from '../src/engine/tf';\nconst 数 = '中'; 数.trimm();\n\n\n数.length;\n";
    rpc.send({ method: 'textDocument/didOpen', params: { textDocument: { uri, text } } });
    const found = await until(({ method }) => method === 'textDocument/publishDiagnostics');
    const { diagnostics } = found.params as { diagnostics: { code: number; range: unknown }[] };
    assert.deepEqual(
      diagnostics.map(({ code, range }) => [code, range]),
      [[2551, { start: { line: 1, character: 17 }, end: { line: 1, character: 22 } }]],
    );
    const position = { line: 4, character: 0 };
    rpc.send({ id: 2, method: 'textDocument/hover', params: { textDocument: { uri }, position } });
    const { contents } = (await until(({ id }) => id === 2)).result as { contents: { value: string } };
    assert.match(contents.value, /const 数: "中"/);
    rpc.send({ id: 3, method: 'shutdown' });
    assert.equal((await until(({ id }) => id === 3)).result, null);
    rpc.send({ method: 'exit' });
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
  });
});

describe('frames', () => {
  it('come whole, however the bytes are cut', async () => {
    const { PassThrough } = await import('node:stream');
    const wire = new PassThrough();
    const seen: RpcMessage[] = [];
    new Rpc(wire, wire, (message) => seen.push(message));
    const out = new PassThrough();
    const sender = new Rpc(new PassThrough(), out, () => undefined);
    sender.send({ id: 1, method: '中文', params: { a: 'ß' } });
    sender.send({ id: 2, method: 'next' });
    const bytes = out.read() as Buffer;
    for (const byte of bytes) wire.write(Buffer.of(byte));
    await new Promise((settle) => setImmediate(settle));
    assert.deepEqual(
      seen.map(({ id, method }) => [id, method]),
      [
        [1, '中文'],
        [2, 'next'],
      ],
    );
  });

  it('of no length or of too many bytes are refused', async () => {
    const { PassThrough } = await import('node:stream');
    for (const head of ['X: 1', 'Content-Length: 999999999999', 'Content-Length: x']) {
      const wire = new PassThrough();
      const rpc = new Rpc(wire, wire, () => undefined);
      assert.throws(() => rpc['take'](Buffer.from(`${head}\r\n\r\n`)), /Cannot read a message/);
    }
  });
});
