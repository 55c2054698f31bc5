/** The language server as a process: it speaks on standard input and output, and ends with its editor. */
import { Console } from 'node:console';
import { resolve } from 'node:path';
import { stderr, stdin, stdout } from 'node:process';

import { StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';

import type { FullTs } from '../compiler/internals';
import { Session } from '../language/session';
import { type Language, loadTslabFor } from '../language/tslab';
import { NotebookView } from '../language/view';
import { LanguageServer, type RpcMessage } from './server';

const ROOT = resolve(__dirname, '../../..');
/** A compiler takes some 150 MB; the one whose folder was asked for longest ago makes room. */
const MAX_FOLDERS = 3;

/** The compilers of the folders in which notebooks are open. */
class Compilers {
  private readonly all = new Map<string, { language: Language; session: Session }>();

  viewFor(folder: string): NotebookView {
    const known = this.all.get(folder) ?? this.make(folder);
    this.all.delete(folder);
    this.all.set(folder, known);
    return new NotebookView(known.language, known.session);
  }

  private make(folder: string): { language: Language; session: Session } {
    const [oldest] = this.all.keys();
    if (oldest !== undefined && this.all.size >= MAX_FOLDERS) this.all.delete(oldest);
    const language = loadTslabFor(ROOT, folder);
    return { language, session: new Session(language) };
  }
}

/** Serves until the editor says `exit` or goes; what watches files would keep the process for ever. */
export function serve(): Promise<never> {
  globalThis.console = new Console(stderr); // standard output is the editor's
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded with the server, not with every command
  const real = require('typescript') as FullTs;
  const compilers = new Compilers();
  const writer = new StreamMessageWriter(stdout);
  const send = (message: RpcMessage): void => void writer.write({ jsonrpc: '2.0', ...message });
  const server = new LanguageServer(real, send, (folder) => compilers.viewFor(folder));
  const reader = new StreamMessageReader(stdin);
  reader.onError((error) => {
    console.error(error.message); // what follows cannot be told from it: the editor starts the server anew
    process.exit(1);
  });
  reader.onClose(() => process.exit(0));
  reader.listen((message) => {
    const { method } = message as RpcMessage;
    if (method === 'exit') process.exit(0);
    server.receive(message as RpcMessage);
  });
  return new Promise(() => undefined);
}
