/**
 * What the compiler adds to a user's code stands between marks, with what it takes the place of:
 * `/*«original*\/added/*»*\/`. A function's text can so be shown as it was written.
 */
const ADDED = /\/\*«([^]*?)\*\/[^]*?(?:\/\*»\*\/|$)/g; // a function's text may end before the last mark does
/** A name of a cell as it stands in V8's messages. */
const SHOWN_BOX =
  /\(0\s*,\s*__tsdl\$([\p{ID_Continue}$\u200c\u200d]+)\.v\)|__tsdl\$([\p{ID_Continue}$\u200c\u200d]+)\.v/gu;

/** `added` in the place of `original`. */
export const marked = (added: string, original = ''): string => `/*«${original}*/${added}/*»*/`;

/** The text as it was before anything was added. */
export const unmarked = (text: string): string => (text.includes('/*«') ? text.replace(ADDED, '$1') : text);

/** V8's message with the user's own names in it. */
export const plainMessage = (message: string): string =>
  message.includes('__tsdl$')
    ? message.replace(SHOWN_BOX, (_all, called?: string, used?: string) => called ?? used ?? '')
    : message;
