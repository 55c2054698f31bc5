/** Names, outputs and errors of others on a terminal: nothing in them is obeyed. */
import assert from 'node:assert/strict';

import { Fault, report as reportFault } from '../../bin/bootstrap/fault';
import { visible, visibleInLine } from '../../bin/bootstrap/visible';
import { leftOut } from '../../src/cli/handout/chapters';
import { failureText } from '../../src/cli/run/failure';
import { escapeText } from '../../src/cli/run/junit';
import { notRun, table } from '../../src/cli/run/report';
import { Screen } from '../../src/cli/run/screen';

/** Titles, cursors, an erased line, a link, the clipboard, a reply that is typed for the user, turned writing. */
const ATTACKS = [
  '\x1b]0;title\x07',
  '\x1b[2J\x1b[H',
  '\x1b[1A\x1b[2K✓ passed',
  '\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\',
  '\x1b]52;c;cm0gLXJmIH4=\x07',
  '\x1b[6n\x1bZ\x05',
  '\x1bP$q"p\x1b\\',
  '\x9b2J\x9d0;title\x9c',
  '\rpassed',
  'failed\b\b\b\b\b\bpassed',
  '\x0e\x0f\x0c\x0b\x00\x7f',
  '\u202efdp.ipynb\u202c',
  '\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u202a\u202b\u202d',
  'a\u2028b\u2029c\x85d',
];
const ACTIVE =
  // eslint-disable-next-line no-control-regex -- these are what must not come through
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const ALL = ATTACKS.join('|');

/** What a terminal would get besides our own colours. */
const rest = (text: string): string => text.replace(/\x1b\[0?m/g, ''); // eslint-disable-line no-control-regex

describe('what others wrote, on a terminal', () => {
  it('is shown, not obeyed', () => {
    for (const attack of ATTACKS) {
      assert.doesNotMatch(rest(visible(attack)), ACTIVE, JSON.stringify(attack));
      assert.doesNotMatch(visibleInLine(`${attack}\n\t`), /[\n\t]/);
      assert.doesNotMatch(visibleInLine(attack), ACTIVE, JSON.stringify(attack));
    }
    assert.equal(visible('\x1b]0;a\x07'), '␛]0;a␇');
    assert.equal(visibleInLine('a\u202eb\nc'), 'a\\u202eb␊c');
  });

  it('keeps lines, tabs, other scripts and colours, which end with it', () => {
    for (const text of ['中文 ü 😀\n\tעברית العربية', '', '~ é\u0301 \u200d'])
      assert.equal(visible(text), text);
    assert.equal(visible('a\r\nb'), 'a\nb');
    assert.equal(visible('\x1b[31mred\x1b[0m'), '\x1b[31mred\x1b[0m');
    assert.equal(visible('\x1b[8mhidden'), '\x1b[8mhidden\x1b[0m');
    assert.equal(visibleInLine('\x1b[31mred'), '␛[31mred');
  });

  it('goes through every place of a run that shows it', () => {
    const said: string[] = [];
    const screen = new Screen(1, {
      tty: false,
      columns: 80,
      write: (text) => void said.push(text),
      now: () => 0,
    });
    const error = { kind: 'error', name: ALL, message: ALL, cell: 0, id: ALL } as const;
    const entry = { ...notRun(ALL, '/x'), status: 'failed', device: ALL, error } as const;
    screen.startNotebook(ALL, 1, [true], undefined);
    screen.showOutput(ALL);
    screen.endNotebook(entry);
    const cell = { cell_type: 'code', metadata: {}, source: ALL, outputs: [] };
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] };
    const files = { notebook: ALL, log: { path: ALL, tail: ALL } };
    for (const traceback of [undefined, [ALL]])
      for (const kind of ['error', 'stderr', 'dead-kernel', 'start', 'run'] as const) {
        const failed = { ...entry, error: { ...error, kind, ...(traceback && { traceback }) } };
        said.push(
          failureText(failed, notebook as never, files, true),
          failureText(failed, undefined, files, false),
        );
      }
    said.push(table([entry]), leftOut(ALL, new Error(ALL)));
    for (const text of said) assert.doesNotMatch(rest(text), ACTIVE);
    assert.ok(!said[0]?.slice(0, -1).includes('\n'), 'a name is in one line');
    assert.doesNotMatch(escapeText(ALL), /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/); // eslint-disable-line no-control-regex
  });

  it('comes with a fault, foreseen or not', () => {
    const { error } = console;
    const said: string[] = [];
    console.error = (text: string) => void said.push(text);
    try {
      reportFault(new Fault({ zh: ALL, en: ALL }, ALL, ALL));
      reportFault(new TypeError(ALL));
    } finally {
      console.error = error;
    }
    assert.equal(said.length, 4);
    for (const text of said) assert.doesNotMatch(rest(text), ACTIVE);
  });
});
