'use strict';
// Words of others on a terminal: names of files, what cells printed, what an error quotes. A terminal obeys control
// characters (titles, cursors, links, replies typed for the user), and turns lines around where Unicode asks for it:
// they are shown, not sent.

const COLOUR = '\\x1b\\[[0-9;]*m';
/** C0, DEL, C1, other ends of lines, and what changes the direction of writing. */
const ACTIVE = '[\\0-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]';
const SEQUENCES = new RegExp(`${COLOUR}|${ACTIVE}`, 'g');
const CHARACTERS = new RegExp(ACTIVE, 'g');
const RESET = '\x1b[0m';

/** Unicode's picture of a control character, or its number. */
function pictured(character) {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** See visible.d.ts. */
function visible(text) {
  let coloured = false;
  const shown = text.replace(/\r\n/g, '\n').replace(SEQUENCES, (found) => {
    if (found === '\n' || found === '\t') return found;
    if (found.length === 1) return pictured(found);
    coloured = found !== RESET && found !== '\x1b[m';
    return found;
  });
  return coloured ? shown + RESET : shown;
}

/** See visible.d.ts. */
const visibleInLine = (text) => text.replace(CHARACTERS, pictured);

module.exports = { visible, visibleInLine };
