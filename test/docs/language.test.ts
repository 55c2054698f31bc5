import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

import * as ts from 'typescript';

import { report } from '../../bin/bootstrap/fault';
import { language, say } from '../../bin/bootstrap/language';
import { main, TSDL } from '../../src/cli/main';
import { announcement } from '../../src/engine/backend/announce';
import * as tf from '../../src/engine/tf';
import { TensorDataset } from '../../src/helpers/data/dataset';
import { DataLoader } from '../../src/helpers/data/loader';
import { SGD } from '../../src/helpers/optim/optimizers';
import { earlyStopping, lineLog } from '../../src/helpers/train/callbacks';
import { fit } from '../../src/helpers/train/fit';
import * as nn from '../../src/nn';
import { histogram } from '../../src/viz/charts/histogram';
import { trainingChart } from '../../src/viz/charts/history';
import { epochTable, stepChart } from '../../src/viz/training';
import { main as tool, TOOLS } from '../../tools/main';

const PROJECT = resolve(__dirname, '../..');
const CHINESE = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/;

/** Files whose Chinese is content, not talk: data sets, the handout, notebooks that are made, what tests put into them, and what is committed with the course. */
const CONTENT =
  /\/(poems|sentiment|gallery)[./]|numerals\.ts|pretrained\/categories\.ts|cli\/handout\/(document|markdown|section)\.ts|cli\/new\/template\.ts|cli\/release\/nbgrader\.ts|tools\/class\/grading\.ts|tools\/package\/consumer\.ts|cli\/run\/clean\.ts|course\/bigrams\.ts|tools\/tenepochs\.ts/;

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.(ts|js)$/.test(name) && !name.endsWith('.d.ts') ? [path] : [];
  });
}

/** A piece of code that may hold words. */
const holdsWords = (node: ts.Node): boolean =>
  ts.isStringLiteralLike(node) ||
  ts.isTemplateExpression(node) ||
  ts.isIdentifier(node) ||
  ts.isRegularExpressionLiteral(node);

/** Strings in Chinese that are not the `zh` of a pair, and pairs whose `en` is missing or Chinese. */
function faults(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const blame = (node: ts.Node, what: string) => {
    const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
    found.push(`${relative(PROJECT, path)}:${line + 1} ${what}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText(file) === 'zh') {
      const pair = node.parent.properties.find((other) => other.name?.getText(file) === 'en');
      if (pair === undefined) blame(node, 'has no English beside it');
      return;
    }
    if (ts.isVariableDeclaration(node) && node.name.getText(file) === 'zh') return;
    if (holdsWords(node) && CHINESE.test(node.getText(file)))
      return blame(node, node.getText(file).slice(0, 50));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe('the language of the screen', () => {
  it('is that of the first variable that is set, and English for all that is not Chinese', () => {
    const of = (env: NodeJS.ProcessEnv) => language(env);
    assert.equal(of({}), 'en');
    for (const locale of ['C', 'POSIX', 'C.UTF-8', 'en_US.UTF-8', 'zha', 'de_DE']) {
      assert.equal(of({ LANG: locale }), 'en', locale);
    }
    for (const locale of ['zh', 'zh_CN.UTF-8', 'zh_TW', 'zh-Hans', 'ZH_cn']) {
      assert.equal(of({ LANG: locale }), 'zh', locale);
    }
    assert.equal(of({ LANG: 'zh_CN.UTF-8', LC_MESSAGES: 'en_US' }), 'en');
    assert.equal(of({ LANG: 'en_US', LC_MESSAGES: 'de_DE', LC_ALL: 'zh_CN' }), 'zh');
    assert.equal(of({ LC_ALL: '', LANG: 'zh_CN' }), 'zh');
    assert.equal(of({ TSDL_LANG: 'en', LC_ALL: 'zh_CN' }), 'en');
    assert.equal(of({ TSDL_LANG: 'zh', LC_ALL: 'en_US' }), 'zh');
    assert.equal(say({ zh: '完成', en: 'done' }), '完成'); // test/support/chinese.js
  });

  it('has English beside every Chinese sentence of src and bin', () => {
    const files = ['src', 'tools', 'bin'].flatMap((folder) => sources(join(PROJECT, folder)));
    assert.deepEqual(
      files.filter((path) => !CONTENT.test(path)).flatMap((path) => faults(path)),
      [],
    );
  });
});

describe('training and charts in English', () => {
  const before = process.env.TSDL_LANG;
  beforeEach(() => (process.env.TSDL_LANG = 'en'));
  afterEach(() => (process.env.TSDL_LANG = before));

  it('prints no Chinese', async () => {
    const lines: string[] = [];
    const [x, y] = [tf.ones([8, 2]), tf.ones([8, 1])];
    const model = new nn.Linear(2, 1);
    const history = await fit(model, {
      epochs: 9,
      train: new DataLoader(new TensorDataset(x, y), { batchSize: 4 }),
      valid: new DataLoader(new TensorDataset(x, y), { batchSize: 4 }),
      loss: nn.mseLoss,
      optimizer: new SGD(model.parameters(), { lr: 0 }),
      display: false,
      callbacks: [lineLog((line) => lines.push(line)), earlyStopping({ patience: 2 })],
    });
    assert.match(lines[0] ?? '', /^epoch 1\/9 {2}loss [\d.]+ {2}validation loss /);
    assert.equal(
      history.reason,
      'stopped: validLoss has not improved for 2 epochs; the weights are those of epoch 1',
    );
    const shown = [trainingChart(history), epochTable(history), stepChart(history, 2), histogram({ x })];
    for (const chart of shown) assert.doesNotMatch(JSON.stringify(chart) + String(chart), CHINESE);
    assert.match(announcement({ kind: 'js', name: 'JavaScript', reason: 'chosen' }), /plain JavaScript/);
  });
});

/** JupyterLab's and mocha's own, and tools that take no arguments. */
const NO_HELP = ['lab', 'test', 'ok', 'format'];

describe('every command', function () {
  this.timeout(120_000);
  let dir = '';
  before(function () {
    if (!existsSync(join(PROJECT, '.venv'))) this.skip(); // npm test installs the environment first
    dir = mkdtempSync(join(tmpdir(), 'tsdl-language-'));
  });
  after(() => dir && rmSync(dir, { recursive: true }));

  /** What a command says, on both streams. */
  async function screen(lang: string, args: string[]): Promise<string> {
    const { log, error } = console;
    const before = { ...process.env };
    let said = '';
    console.log = console.error = (...words: unknown[]) => (said += `${words.map(String).join(' ')}\n`);
    Object.assign(process.env, { TSDL_LANG: lang, TSDL_OFFLINE: '1' });
    try {
      await (args[0]! in TOOLS.commands ? tool(args) : main(args)).catch(report);
    } finally {
      Object.assign(console, { log, error });
      process.env = before;
    }
    return said;
  }

  async function differs(...args: string[]): Promise<void> {
    const [english, chinese] = [await screen('en', args), await screen('zh', args)];
    assert.doesNotMatch(english, CHINESE, `${args.join(' ')} in English`);
    assert.match(chinese, CHINESE, `${args.join(' ')} in Chinese`);
  }

  for (const name of [...Object.keys(TSDL.commands), ...Object.keys(TOOLS.commands)].filter(
    (one) => !NO_HELP.includes(one),
  )) {
    it(`explains itself in both languages: ${name}`, () => differs(name, '--help'));
  }

  it('says what it was given wrongly', async () => {
    await differs('--help');
    await differs('nothing');
    await differs('doctor', '--lang', 'fr');
    await differs('setup', '--wrong');
    await differs('kernel', 'install', '--name', 'a/b');
    await differs('kernel', 'remove', '--prefix', dir);
    await differs('kernel', 'list', '--prefix', dir);
    await differs('gpupack');
  });

  it('tells how it went', async () => {
    await differs('doctor');
    await differs('setup');
    await differs('kernel', 'install', '--prefix', dir);
    await differs('kernel', 'remove', '--prefix', dir);
    await differs('run', '--junit', dir, '--only', '02');
  });
});
