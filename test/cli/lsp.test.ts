/** The language server as an editor starts it, spoken to in frames. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

import type { RpcMessage } from '../../src/kernel/lsp/server';

const ROOT = resolve(__dirname, '../..');

describe('tsdl lsp', function () {
  this.timeout(120_000);
  let child: ChildProcessWithoutNullStreams;
  let writer: StreamMessageWriter;
  const got: RpcMessage[] = [];

  before(() => {
    child = spawn(process.execPath, [join(ROOT, 'bin/tsdl.js'), 'lsp'], { cwd: ROOT });
    new StreamMessageReader(child.stdout).listen((message) => got.push(message as RpcMessage));
    writer = new StreamMessageWriter(child.stdin);
  });
  after(() => child.kill());

  const send = (message: RpcMessage): void => void writer.write({ jsonrpc: '2.0', ...message });
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
    send({ id: 1, method: 'initialize', params: { capabilities: {} } });
    send({ method: 'initialized', params: {} });
    const text = "import { add } from '../src/engine/tf';\nconst 数 = '中'; 数.trimm();\n\n\n数.length;\n";
    send({ method: 'textDocument/didOpen', params: { textDocument: { uri, text } } });
    const found = await until(({ method }) => method === 'textDocument/publishDiagnostics');
    const { diagnostics } = found.params as { diagnostics: { code: number; range: unknown }[] };
    assert.deepEqual(
      diagnostics.map(({ code, range }) => [code, range]),
      [[2551, { start: { line: 1, character: 17 }, end: { line: 1, character: 22 } }]],
    );
    const position = { line: 4, character: 0 };
    send({ id: 2, method: 'textDocument/hover', params: { textDocument: { uri }, position } });
    const { contents } = (await until(({ id }) => id === 2)).result as { contents: { value: string } };
    assert.match(contents.value, /const 数: "中"/);
    send({ id: 3, method: 'shutdown' });
    assert.equal((await until(({ id }) => id === 3)).result, null);
    send({ method: 'exit' });
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
  });

  it('ends, and says why, where what it is sent is no message', async () => {
    const other = spawn(process.execPath, [join(ROOT, 'bin/tsdl.js'), 'lsp'], { cwd: ROOT });
    const said: string[] = [];
    other.stderr.on('data', (bytes: Buffer) => said.push(bytes.toString()));
    other.stdin.write('Content-Length: x\r\n\r\n{}');
    const [code] = (await once(other, 'exit')) as [number];
    assert.equal(code, 1);
    assert.match(said.join(''), /content-length/i);
  });
});
