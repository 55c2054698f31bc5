/** The language server with one notebook, asked as jupyterlab-lsp asks. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Session } from '../../../src/kernel/language/session';
import { type Language, loadTslabFor } from '../../../src/kernel/language/tslab';
import { NotebookView } from '../../../src/kernel/language/view';
import { LanguageServer, type RpcMessage } from '../../../src/kernel/lsp/server';

interface Shown {
  readonly range: { readonly start: { line: number; character: number }; readonly end: unknown };
  readonly code: number;
  readonly message: string;
}

describe('language server', function () {
  this.timeout(60_000);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tsdl-lsp-')));
  const uri = pathToFileURL(join(folder, '.virtual_documents/book.ipynb')).href;
  let language: Language;
  let session: Session;
  let server: LanguageServer;
  let sent: RpcMessage[] = [];
  let folders: string[] = [];
  let text = '';
  let next = 0;

  before(() => {
    language = loadTslabFor(resolve(__dirname, '../../..'), folder);
    session = new Session(language);
  });
  beforeEach(() => {
    sent = [];
    folders = [];
    server = new LanguageServer(
      language.ts,
      (message) => sent.push(message),
      (at) => {
        folders.push(at);
        return new NotebookView(language, session);
      },
    );
  });
  after(() => {
    session.close();
    rmSync(folder, { recursive: true });
  });

  const ask = (method: string, params: unknown = {}): unknown => {
    next += 1;
    server.receive({ id: next, method, params });
    const { result, error } = sent.pop()!;
    if (error) throw new Error(error.message);
    return result;
  };
  const show = (cells: readonly string[], method = 'didOpen'): void => {
    text = cells.map((cell) => `${cell}\n`).join('\n\n');
    const params =
      method === 'didOpen'
        ? { textDocument: { uri, text } }
        : { textDocument: { uri }, contentChanges: [{ text }] };
    server.receive({ method: `textDocument/${method}`, params });
  };
  /** The place of a piece of the text; `|` in it is the cursor. */
  const place = (piece: string): unknown => {
    const at = text.indexOf(piece.replace('|', '')) + Math.max(0, piece.indexOf('|'));
    const before = text.slice(0, at).split('\n');
    return {
      textDocument: { uri },
      position: { line: before.length - 1, character: before.at(-1)!.length },
    };
  };
  /** Errors once every cell has been looked at: the line and column, the number, the message. */
  const errors = async (): Promise<string[]> => {
    sent = [];
    while (server['isLooking']) await new Promise((settle) => setImmediate(settle));
    const { params } = sent.at(-1)!;
    const { diagnostics } = params as { diagnostics: Shown[] };
    return diagnostics.map(
      ({ range: { start }, code, message }) => `${start.line}:${start.character} ${code} ${message}`,
    );
  };

  it('says what it can do, and what it cannot', () => {
    const { capabilities } = ask('initialize') as { capabilities: Record<string, unknown> };
    assert.ok(
      capabilities.hoverProvider && capabilities.completionProvider && capabilities.definitionProvider,
    );
    assert.throws(() => ask('textDocument/rename'), /no method/);
    assert.equal(ask('shutdown'), null);
  });

  it('finds the notebook of a virtual document', () => {
    show(['1']);
    assert.deepEqual(folders, [folder]);
  });

  it('shows errors in the lines of the whole text, knowing the types of the cells above', async () => {
    show(['const count = 1;', '// a line\ncount.trim()', 'count.toFixed()']);
    assert.deepEqual(await errors(), ["4:6 2339 Property 'trim' does not exist on type '1'."]);
  });

  it('lets a cell declare a name anew, await at its top level and import the library', async () => {
    show([
      "import * as nn from 'tsdl/nn';\nlet value = await Promise.resolve('text');",
      'let value = new nn.Linear(2, 3);\nvalue.weight.shape',
      'value.trim()',
    ]);
    assert.deepEqual(await errors(), ["8:6 2339 Property 'trim' does not exist on type 'Linear'."]);
  });

  it('knows what a cell with an error declares', async () => {
    show([
      'const wrong: number = "text";\nfunction twice(x: number) { return 2 * x; }',
      'twice(wrong).toFixed()',
    ]);
    assert.deepEqual(
      (await errors()).map((each) => each.split(' ')[1]),
      ['2322'],
    );
  });

  it('sees a module beside the notebook, and its edits', async () => {
    writeFileSync(join(folder, 'beside.ts'), 'export const beside = 1;\n');
    const cells = ["import { beside } from './beside';", 'beside.toFixed()'];
    show(cells);
    assert.deepEqual(await errors(), []);
    writeFileSync(join(folder, 'beside.ts'), "export const beside = 'text';\n");
    show(cells, 'didChange');
    assert.deepEqual(
      (await errors()).map((each) => each.split(' ')[1]),
      ['2551'],
    );
  });

  it('looks anew only at what a change can reach', async () => {
    const look = session.look.bind(session);
    const looked: string[] = [];
    session.look = (code) => {
      looked.push(code.trim());
      return look(code);
    };
    show(['const a = 1;', 'const f = () => a + 1;', 'f()']);
    assert.deepEqual(await errors(), []);
    looked.length = 0;
    show(['const a = 1;', 'const f = () => a + 2;', 'f()'], 'didChange');
    assert.deepEqual(await errors(), []);
    assert.deepEqual(looked, ['const f = () => a + 2;']);
    looked.length = 0;
    show(['const a = "x";', 'const f = () => a + 2;', 'f()'], 'didChange');
    assert.deepEqual(await errors(), []);
    assert.deepEqual(looked, ['const a = "x";', 'const f = () => a + 2;', 'f()']);
    Reflect.deleteProperty(session, 'look');
  });

  it('forgets the cells of an earlier text', async () => {
    show(['const gone = 1;', 'gone']);
    assert.deepEqual(await errors(), []);
    show(['gone'], 'didChange');
    assert.deepEqual(await errors(), ["0:0 2304 Cannot find name 'gone'."]);
  });

  it('hovers over names of other cells', () => {
    show(['/** Half of it. */\nconst half = (x: number) => x / 2;', 'half(4)']);
    const { contents } = ask('textDocument/hover', place('ha|lf(4)')) as { contents: { value: string } };
    assert.match(contents.value, /half: \(x: number\) => number/);
    assert.match(contents.value, /Half of it/);
  });

  it('completes members and names of other cells', () => {
    show(["import * as nn from 'tsdl/nn';\nconst layer = new nn.Linear(2, 3);", 'layer.wei', 'lay']);
    const { items } = ask('textDocument/completion', place('layer.wei|')) as { items: Item[] };
    const weight = items.find(({ label }) => label === 'weight')!;
    assert.equal(weight.kind, 10);
    assert.deepEqual(weight.textEdit.range, {
      start: { line: 4, character: 6 },
      end: { line: 4, character: 9 },
    });
    const names = ask('textDocument/completion', place('\nlay|')) as { items: Item[] };
    assert.ok(names.items.some(({ label }) => label === 'layer'));
  });

  it('shows the signatures of a call', () => {
    show(['function area(width: number, height = 1) { return width * height; }', 'area(1, )']);
    const found = ask('textDocument/signatureHelp', place('area(1, |)')) as {
      signatures: { label: string; parameters: { label: string }[] }[];
      activeParameter: number;
    };
    assert.equal(found.signatures[0]?.label, 'area(width: number, height?: number): number');
    assert.equal(found.signatures[0]?.parameters[1]?.label, 'height?: number');
    assert.equal(found.activeParameter, 1);
    assert.equal(ask('textDocument/signatureHelp', place('|function')), null);
  });

  it('jumps to the cell or the file that declares a name', () => {
    show([
      'const { shape: [rows] } = { shape: [1] };',
      "const local = rows;\nimport { sep } from 'node:path';",
      'local + sep + rows',
    ]);
    const jump = (piece: string): { uri: string; range: { start: unknown } }[] =>
      ask('textDocument/definition', place(piece)) as never;
    assert.deepEqual(
      [jump('loc|al + '), jump('+ ro|ws')].map(([each]) => [each?.uri, each?.range.start]),
      [
        [uri, { line: 3, character: 6 }],
        [uri, { line: 0, character: 16 }],
      ],
    );
    const [library] = jump("'node:pa|th'");
    assert.match(library!.uri, /path\.d\.ts$/);
  });

  it('says nothing about files, which may say what a cell may not', async () => {
    const file = pathToFileURL(join(folder, 'module.ts')).href;
    server.receive({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri: file, text: 'export = 1;' } },
    });
    await new Promise((settle) => setTimeout(settle, 50));
    assert.deepEqual(sent, []);
  });

  it('goes on after a question that it cannot answer', () => {
    assert.throws(() => ask('textDocument/hover', undefined));
    show(['const fine = 1;', 'fine']);
    assert.ok(ask('textDocument/hover', place('\nfi|ne')));
  });
});

interface Item {
  readonly label: string;
  readonly kind: number;
  readonly textEdit: { readonly range: unknown };
}
