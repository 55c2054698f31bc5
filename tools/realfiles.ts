/**
 * npm run realfiles -- [--python PYTHON] FILE...: reads files of weights that others made, beside PyTorch (tools/realfiles.py):
 * every name, shape and bit, the time and the memory, each reader in a process of its own. Exit code 1 where they differ.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';

import { say } from '../bin/bootstrap/language';
import * as tf from '../src/engine/tf';
import { looksLikePth, PthFile } from '../src/helpers/io/pth';
import { PyObject } from '../src/helpers/io/pyobject';
import { PthSparse, PthTensor } from '../src/helpers/io/rebuild';
import { SafetensorsFile } from '../src/helpers/io/safetensors';
import { type AnyTensor, tensorsOf } from '../src/helpers/io/tree';

interface Report {
  readonly seconds: number;
  readonly grown: number;
  readonly tensors: Readonly<Record<string, readonly [readonly number[], string]>>;
}

const MB = 1024 * 1024;
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const peak = (): number => process.resourceUsage().maxRSS * 1024;

/** All tensors below a value by their path, as the peer walks through it. */
function walk(value: unknown, path: string, found: Map<string, AnyTensor>): Map<string, AnyTensor> {
  const below = (key: unknown): string => (path === '' ? String(key) : `${path}.${String(key)}`);
  if (value instanceof PthTensor || value instanceof PthSparse) found.set(path, value);
  else if (value instanceof Map) for (const [key, inner] of value) walk(inner, below(key), found);
  else if (Array.isArray(value)) value.forEach((inner, i) => walk(inner, below(i), found));
  else if (value instanceof PyObject) {
    const whole = tensorsOf(value);
    if (whole.size > 0) for (const [name, tensor] of whole) found.set(below(name), tensor);
    else for (const [key, inner] of [...value.attributes, ...value.items]) walk(inner, below(key), found);
  }
  return found;
}

/** The child: reads every tensor of a file into TensorFlow, then hashes the bytes. */
async function read(path: string): Promise<Report> {
  tf.dispose(tf.add(tf.zeros([3]), 1));
  const [before, start] = [peak(), performance.now()];
  const pth = looksLikePth(path);
  const file = pth ? await PthFile.open(path) : new SafetensorsFile(path);
  const tensors = file instanceof PthFile ? walk(file.value, '', new Map()) : file.entries;
  const made = [...tensors].map(([name, tensor]) =>
    file instanceof PthFile ? file.tensor(tensor as AnyTensor) : file.tensor(name),
  );
  const [seconds, grown] = [(performance.now() - start) / 1000, peak() - before];
  const report = [...tensors].map(([name, tensor]) => {
    const raw = file instanceof PthFile ? file.raw(tensor as AnyTensor) : file.raw(name);
    return [name, [[...raw.shape], hash(raw.bytes)]] as const;
  });
  tf.dispose(made);
  file.close();
  return { seconds, grown, tensors: Object.fromEntries(report) };
}

function run(command: string, args: readonly string[]): Report {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr.trim().split('\n').slice(-3).join('\n'));
  return JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
}

/** What differs between two readings; the peer gives no more than it calls the state. */
function differences(own: Report, peer: Report): string[] {
  return Object.entries(peer.tensors).flatMap(([name, [shape, bytes]]) => {
    const [ownShape, ownBytes] = own.tensors[name] ?? [[], 'missing'];
    if (ownBytes === 'missing') return [`${name}: missing`];
    if (String(shape) !== String(ownShape)) return [`${name}: [${ownShape.join()}] for [${shape.join()}]`];
    return bytes === ownBytes ? [] : [`${name}: other bytes`];
  });
}

function compare(path: string, python: string): boolean {
  const own = run(process.execPath, ['-r', 'ts-node/register/transpile-only', __filename, '--child', path]);
  const peer = run(python, [resolve(__dirname, 'realfiles.py'), path]);
  const wrong = differences(own, peer);
  const [count, more] = [Object.keys(peer.tensors).length, Object.keys(own.tensors).length];
  const time = ({ seconds, grown }: Report): string =>
    `${(seconds * 1000).toFixed(0)} ms, ${(grown / MB).toFixed(0)} MB`;
  const extra = more - count;
  console.log(
    say({
      zh: `${basename(path)}：${count - wrong.length}/${count} 个张量逐位相等（另有 ${extra} 个）；tsdl ${time(own)}；PyTorch ${time(peer)}`,
      en: `${basename(path)}: ${count - wrong.length}/${count} tensors equal bit for bit (${extra} more); tsdl ${time(own)}; PyTorch ${time(peer)}`,
    }),
  );
  for (const line of wrong.slice(0, 10)) console.log(`  ${line}`);
  return wrong.length === 0 && count > 0;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args[0] === '--child') {
    console.log(JSON.stringify(await read(args[1] ?? '')));
    return;
  }
  const place = args.indexOf('--python');
  const python = place === -1 ? 'python3' : (args[place + 1] ?? 'python3');
  const files = place === -1 ? args : args.filter((_, i) => i !== place && i !== place + 1);
  const good = files.map((file) => compare(resolve(file), python));
  process.exitCode = good.every(Boolean) && good.length > 0 ? 0 : 1;
}

void main();
