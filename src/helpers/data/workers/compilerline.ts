/**
 * TypeScript for worker threads. In a checkout the thread's own files, and a data set's, are TypeScript, and a compiler
 * in each thread would cost a second; so the thread asks the main one, which has a compiler anyway, for the text.
 */
import { extname } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

/** What a thread needs to ask: it sleeps on the flag until the answer is there. */
export interface CompilerLine {
  readonly port: MessagePort;
  readonly flag: Int32Array;
}

/** Run in a thread first: has its `require` take TypeScript. The entry comes as the last thing of `workerData`. */
export const START = `
const { receiveMessageOnPort, workerData } = require('node:worker_threads');
const { compiler, entry } = workerData;
if (compiler) {
  const { port, flag } = compiler;
  require.extensions['.ts'] = (module, file) => {
    const seen = Atomics.load(flag, 0);
    port.postMessage(file);
    Atomics.wait(flag, 0, seen);
    const { code, error } = receiveMessageOnPort(port).message;
    if (error) throw error;
    module._compile(code, file);
  };
}
require(entry);`;

type Hook = (module: { _compile(code: string, file: string): void }, file: string) => void;

const texts = new Map<string, string>();

/** What this thread's own hook for TypeScript would run. */
function compiled(file: string): string {
  const known = texts.get(file);
  if (known !== undefined) return known;
  const hook = require.extensions['.ts'] as unknown as Hook | undefined;
  if (!hook)
    throw new TypeError(`Cannot load ${file} in a worker thread: expected JavaScript, got TypeScript`);
  let text = '';
  hook({ _compile: (code) => void (text = code) }, file);
  texts.set(file, text);
  return text;
}

/** A line to the compiler, where this file itself is TypeScript; `port` is to be handed over. */
export function compilerLine(): { line: CompilerLine; close(): void } | undefined {
  if (extname(__filename) !== '.ts') return undefined;
  const { port1, port2 } = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  port1.on('message', (file: string) => {
    try {
      port1.postMessage({ code: compiled(file) });
    } catch (error) {
      port1.postMessage({ error });
    }
    Atomics.add(flag, 0, 1);
    Atomics.notify(flag, 0);
  });
  port1.unref();
  return { line: { port: port2, flag }, close: () => port1.close() };
}
