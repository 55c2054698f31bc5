import assert from 'node:assert/strict';

import { formatNotebook, type Notebook } from '../../../src/cli/run/notebook';
import { kernelInfo } from '../../../src/kernel/server/info';
import { KERNEL, kernelspec } from '../../../src/setup/kernelspec';

const cell = (source: string, extra: object = {}) => ({
  cell_type: 'code',
  metadata: {},
  source,
  outputs: [],
  execution_count: 7,
  ...extra,
});
const notebook = (...cells: object[]) =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
const formatted = (...cells: object[]) =>
  JSON.parse(formatNotebook(notebook(...cells), '05-cnn')) as Notebook;

describe('formatNotebook', () => {
  it('changes nothing the second time', () => {
    const once = formatNotebook(notebook(cell('a\nb  \n'), cell('c')), '05-cnn');
    assert.equal(formatNotebook(once, '05-cnn'), once);
  });

  it('sorts keys, indents by one space and ends with a newline', () => {
    const text = formatNotebook(notebook(cell('x')), '05-cnn');
    assert.match(text, /^\{\n "cells": \[\n {2}\{\n {3}"cell_type"/);
    assert.ok(text.endsWith('}\n'));
  });

  it('keeps fitting ids in place and numbers new cells after the last', () => {
    const cells = [cell('new'), cell('kept', { id: '05-cnn-04' }), cell('copied', { id: '05-cnn-04' })];
    assert.deepEqual(
      formatted(...cells).cells.map((c) => c.id),
      ['05-cnn-05', '05-cnn-04', '05-cnn-06'],
    );
  });

  it('drops execution counts and editor metadata but keeps tags, hidden source and the runner’s stamp', () => {
    const metadata = {
      tags: ['solution'],
      jupyter: { source_hidden: true, outputs_hidden: true },
      vscode: {},
    };
    const result = { output_type: 'execute_result', data: {}, metadata: {}, execution_count: 3 };
    const [only] = formatted(cell('x', { metadata, outputs: [result] })).cells;
    assert.deepEqual(only?.metadata, { tags: ['solution'], jupyter: { source_hidden: true } });
    assert.equal(only?.execution_count, null);
    assert.equal(only?.outputs?.[0]?.execution_count, null);
    const stamped = JSON.stringify({
      ...(JSON.parse(notebook()) as object),
      metadata: { tsdl: { seconds: 3 }, x: 1 },
    });
    assert.deepEqual(Object.keys((JSON.parse(formatNotebook(stamped, 'a')) as Notebook).metadata), [
      'kernelspec',
      'language_info',
      'tsdl',
    ]);
  });

  it('says of the kernel what the kernel says, so that JupyterLab has nothing to change in a notebook it opens', () => {
    const { kernelspec: given, language_info: language } = formatted(cell('x')).metadata;
    const spec = JSON.parse(kernelspec()) as Record<string, unknown>;
    const wanted = { display_name: spec.display_name, language: spec.language, name: KERNEL };
    assert.deepEqual([given, language], [wanted, kernelInfo().language_info]);
  });

  it('stores one source line per JSON line, without trailing blanks', () => {
    assert.deepEqual(formatted(cell('a  \n\nb\n\n')).cells[0]?.source, ['a\n', '\n', 'b']);
  });

  it('says what it expected when the file is no notebook', () => {
    for (const [text, got] of [
      ['', 'no JSON'],
      ['null', 'nbformat undefined'],
    ] as const)
      assert.throws(() => formatNotebook(text, 'cut'), {
        name: 'SyntaxError',
        message: new RegExp(`cut: .*${got}`),
      });
    assert.throws(() => formatNotebook('{"nbformat": 3}', 'old'), {
      name: 'SyntaxError',
      message: 'Cannot read notebook old: expected nbformat 4 with cells, got nbformat 3',
    });
  });
});
