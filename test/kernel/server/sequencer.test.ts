import assert from 'node:assert/strict';
import { mock } from 'node:test';

import { Sequencer } from '../../../src/kernel/server/sequencer';

const NONCE = 'nonce';
const mark = (seq: number): string => `\0${NONCE}:${seq}\0`;

describe('Sequencer', () => {
  let seen: string[];
  let sequencer: Sequencer;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    seen = [];
    sequencer = new Sequencer(NONCE, {
      printed: (stream, text) => seen.push(stream === 'stdout' ? text : `${stream}:${text}`),
      message: (message) => seen.push(`<${message.type}${'seq' in message ? String(message.seq) : ''}>`),
    });
  });
  afterEach(() => mock.timers.reset());

  const out = (text: string | Buffer): void => sequencer.stdout.push(Buffer.from(text));
  const err = (text: string): void => sequencer.stderr.push(Buffer.from(text));
  const text = (seq?: number): void =>
    sequencer.push({
      type: 'text',
      ...(seq === undefined ? {} : { seq }),
      id: '',
      stream: 'stderr',
      text: '',
    });
  const done = (seq: number): void =>
    sequencer.push({ type: 'done', seq, id: '', outcome: { status: 'ok', result: undefined } });

  it('puts a message behind what was printed before it, whichever pipe is faster', () => {
    text(1);
    assert.deepEqual(seen, []);
    out(`a${mark(1)}b`);
    assert.deepEqual(seen, ['a', '<text1>', 'b']);
    out(`c${mark(2)}d`);
    assert.deepEqual(seen.slice(3), ['c']);
    text(2);
    assert.deepEqual(seen.slice(3), ['c', '<text2>', 'd']);
  });

  it('finds marks that come in pieces, and passes on what only looks like one', () => {
    for (const piece of ['x\0', 'non', `ce:1`, '\0y\0nonsense\0', 'z']) out(piece);
    text(1);
    assert.equal(seen.join(''), 'x<text1>y\0nonsense\0z');
  });

  it('joins a character whose bytes come in pieces', () => {
    const bytes = Buffer.from('字');
    out(bytes.subarray(0, 1));
    out(bytes.subarray(1));
    assert.deepEqual(seen.filter(Boolean), ['字']);
  });

  it('ends a cell only when both streams have been read to its mark', () => {
    done(1);
    out(`out${mark(1)}`);
    assert.deepEqual(seen, ['out']);
    err(`err${mark(1)}`);
    assert.deepEqual(seen, ['out', 'stderr:err', '<done1>']);
  });

  it('hands messages without a place on at once, past those that wait', () => {
    text(1);
    text();
    assert.deepEqual(seen, ['<text>']);
    out(mark(1));
    assert.deepEqual(seen, ['<text>', '<text1>']);
  });

  it('waits a second for a mark that was lost, and no longer', () => {
    done(1);
    out('printed');
    mock.timers.tick(999);
    assert.deepEqual(seen, ['printed']);
    mock.timers.tick(1);
    assert.deepEqual(seen, ['printed', '<done1>']);
    done(2);
    out(`more${mark(2)}`);
    err(mark(2));
    assert.deepEqual(seen.slice(2), ['more', '<done2>']);
  });

  it('shows everything at once when the process is gone', () => {
    out(`a${mark(1)}b`);
    done(2);
    sequencer.flush();
    assert.deepEqual(seen, ['a', 'b', '<done2>']);
  });
});
