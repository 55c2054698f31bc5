/**
 * npm run pretrained -- --python PYTHON: ResNets of seeded weights, written by torchvision as it writes its own, fetched
 * from a local server whose first mirror fails, and asked about five photographs: the path a reader's
 * `resnet50({ weights })` takes. Exit code 1 where a logit differs from PyTorch's by more than 1e-4.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { say } from '../bin/bootstrap/language';
import { columns } from '../src/cli/table';
import * as tf from '../src/engine/tf';
import { loadPhotograph, photographs } from '../src/helpers/datasets/photographs';
import { readSafetensors } from '../src/helpers/io/safetensors';
import {
  resnet18,
  ResNet18Weights,
  resnet34,
  ResNet34Weights,
  resnet50,
  ResNet50Weights,
  type Weights,
} from '../src/models';
import type { Module } from '../src/nn';
import { askedPython } from './askedpython';

const TOLERANCE = 1e-4;
const PHOTOGRAPHS = 5;

type Build = (options: { weights: Weights }) => Promise<Module>;
const NETWORKS: Readonly<Record<string, readonly [Build, Weights]>> = {
  resnet18: [resnet18, ResNet18Weights.IMAGENET1K_V1],
  resnet34: [resnet34, ResNet34Weights.IMAGENET1K_V1],
  resnet50: [resnet50, ResNet50Weights.IMAGENET1K_V2],
};

interface Answer {
  readonly versions: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Serves a folder below `/good/`; anything else is missing. */
async function serving<T>(folder: string, use: (mirrors: string[]) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    const name = /^\/good\/([\w.-]+)$/.exec(request.url ?? '')?.[1];
    if (name === undefined) response.writeHead(503).end();
    else response.end(readFileSync(join(folder, name)));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await use([`${at}/broken/`, `${at}/good/`]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const furthest = (a: tf.Tensor, b: tf.Tensor): number => a.sub(b).abs().max().item();

/** How far a network's input and its logits are from PyTorch's, and how many photographs have PyTorch's first class. */
interface Row {
  readonly name: string;
  readonly input: number;
  readonly logits: number;
  readonly same: number;
}

async function row(name: string, folder: string, file: string, mirrors: string[]): Promise<Row> {
  const [build, known] = NETWORKS[name] ?? [];
  if (!build || !known)
    throw new Error(`Cannot compare: expected ${Object.keys(NETWORKS).join()}, got ${name}`);
  const bytes = statSync(join(folder, file)).size;
  const weights = { ...known, file, mirrors, bytes, sha256: /-(\w{8})\.pth$/.exec(file)?.[1] ?? '' };
  const model = (await build({ weights })).eval();
  const { tensors } = readSafetensors(join(folder, 'answer.safetensors'));
  const [input, logits] = [tensors.get(`${name}.input`), tensors.get(name)];
  if (!input || !logits)
    throw new Error(`Cannot compare ${name}: expected input and logits from PyTorch, got none`);
  const x = tf.stack(
    photographs()
      .slice(0, PHOTOGRAPHS)
      .map((one) => weights.transforms().forward(loadPhotograph(one.name)).squeeze(0)),
  );
  const own = model.forward(x as never) as tf.Tensor;
  const same = own.argMax(-1).equal(logits.argMax(-1)).sum().item();
  return { name, input: furthest(x, input), logits: furthest(own, logits), same };
}

function report(versions: string, rows: readonly Row[]): void {
  const ok = rows.length > 0 && rows.every((one) => one.logits <= TOLERANCE && one.same === PHOTOGRAPHS);
  const head = say({
    zh: '网络 输入最大差 logits最大差 第一名相同',
    en: 'network input|Δ| logits|Δ| same-top-1',
  }).split(' ');
  const table = rows.map((one) => [
    one.name,
    one.input.toExponential(1),
    one.logits.toExponential(1),
    `${one.same}/${PHOTOGRAPHS}`,
  ]);
  console.log(versions);
  for (const line of columns([head, ...table])) console.log(line);
  console.log(
    ok
      ? say({ zh: '通过', en: 'passed' })
      : say({ zh: `失败（允许 ${TOLERANCE}）`, en: `failed (limit ${TOLERANCE})` }),
  );
  process.exitCode = ok ? 0 : 1;
}

async function main(): Promise<void> {
  const python = askedPython('pretrained', 'torch, torchvision, pillow, safetensors');
  if (python === undefined) return;
  const folder = mkdtempSync(join(tmpdir(), 'tsdl-pretrained-'));
  process.env.TSDL_HOME = join(folder, 'home');
  try {
    const paths = photographs().map(({ path }) => path);
    const command = [resolve(__dirname, 'pretrained.py'), folder, ...paths.slice(0, PHOTOGRAPHS)];
    execFileSync(python, command, { stdio: 'inherit' });
    const { versions, files } = JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8')) as Answer;
    const rows = await serving(folder, async (mirrors) => {
      const done: Row[] = [];
      for (const [name, file] of Object.entries(files)) done.push(await row(name, folder, file, mirrors));
      return done;
    });
    report(versions, rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

void main();
