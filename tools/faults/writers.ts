/**
 * The writers of files, each as a program of its own: `node … writers.ts NAME FILE` writes FILE again and again, in turn
 * with one of two contents, until it is killed or something fails. Read by files.ts.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';

import { keepFile, readKept } from '../../bin/bootstrap/kept';
import { withLock } from '../../bin/bootstrap/lock';
import { formatNotebook } from '../../src/cli/run/notebook';
import { writeAtomically, writeWhole } from '../../src/helpers/files';

const LETTERS = ['a', 'b'] as const;
const text = (i: number): string => (LETTERS[i % 2] ?? 'a').repeat(400_000);
const notebook = (i: number): string =>
  formatNotebook(
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: [{ cell_type: 'markdown', metadata: {}, source: text(i) }],
    }),
    'x',
  );

/** A writer: how it writes for the i-th time, and whether what lies there is whole. */
export interface Writer {
  readonly write: (file: string, i: number) => void | Promise<void>;
  readonly isWhole: (file: string) => boolean;
}

const isOneOf = (make: (i: number) => string) => (file: string) => {
  const found = readFileSync(file, 'utf8');
  return found === make(0) || found === make(1);
};

/** A lock is gone, or says whole who holds it: others then know whether they wait for a process that is no more. */
function isFreeOrHeld(lock: string): boolean {
  if (!existsSync(lock)) return true;
  const holder = /^\{"pid":\d+,.*"host":("[^"]*").*\}$/s.exec(readFileSync(lock, 'utf8'))?.[1];
  return holder === JSON.stringify(hostname());
}

/** Every way in which tsdl writes what somebody owns, or what is kept for later. */
export const WRITERS: Readonly<Record<string, Writer>> = {
  writeAtomically: { write: (file, i) => writeAtomically(file, text(i)), isWhole: isOneOf(text) },
  writeWhole: { write: (file, i) => writeWhole(file, text(i)), isWhole: isOneOf(text) },
  notebook: { write: (file, i) => writeAtomically(file, notebook(i)), isWhole: isOneOf(notebook) },
  checkpoint: {
    write: (file, i) => {
      /* eslint-disable @typescript-eslint/no-require-imports -- TensorFlow is loaded by those who need it */
      const { saveSafetensors } =
        require('../../src/helpers/io/safetensors') as typeof import('../../src/helpers/io');
      const tf = require('../../src/engine/tf') as typeof import('../../src/engine/tf');
      /* eslint-enable @typescript-eslint/no-require-imports */
      tf.tidy(() => saveSafetensors(new Map([['w', tf.fill([100_000], i % 2)]]), file));
    },
    isWhole: (file) => {
      const bytes = readFileSync(file);
      const begin = 8 + Number(bytes.readBigUInt64LE(0));
      return (
        bytes.length === begin + 400_000 && bytes.readFloatLE(begin) === bytes.readFloatLE(bytes.length - 4)
      );
    },
  },
  cache: {
    write: (file, i) => keepFile(file, text(i)),
    isWhole: (file) => [text(0), text(1), undefined].includes(readKept(file)?.toString()),
  },
  lock: {
    write: (file, i) => withLock(`${file}.lock`, () => Promise.resolve(writeFileSync(file, text(i)))),
    isWhole: (file) => isFreeOrHeld(`${file}.lock`),
  },
};

async function main(name: string, file: string): Promise<void> {
  const writer = WRITERS[name];
  if (!writer)
    throw new RangeError(`Cannot write: expected one of ${Object.keys(WRITERS).join(', ')}, got ${name}`);
  mkdirSync(dirname(file), { recursive: true });
  for (let i = 0; ; i++) {
    await writer.write(file, i);
    if (i === 0) process.stdout.write('writing\n');
    if (i === Number(process.env.TSDL_WRITES ?? Infinity)) return;
  }
}

if (require.main === module) {
  main(process.argv[2] ?? '', join(process.argv[3] ?? '')).catch((error: NodeJS.ErrnoException) => {
    console.error(error.code ?? error.message);
    process.exitCode = 3;
  });
}
