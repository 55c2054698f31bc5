/** Patterns of a history search: `*` stands for any text, `?` for any character. */

/** Longer than anything that one searches for. */
const MAX_CHARACTERS = 1000;

/**
 * Whether a text fits the pattern. Each piece between two stars takes the first place that it fits: if there is a way, there is
 * one with these places, so that no place is tried again and a text costs its length, times that of the piece at most.
 */
export function globOf(pattern: string): (text: string) => boolean {
  if (pattern.length > MAX_CHARACTERS) return () => false;
  const [first = '', ...pieces] = pattern.split('*');
  const last = pieces.pop();
  if (last === undefined) return (text) => text.length === first.length && fitsAt(text, first, 0);
  return (text) => {
    const end = text.length - last.length;
    if (end < first.length || !fitsAt(text, first, 0) || !fitsAt(text, last, end)) return false;
    let at = first.length;
    for (const piece of pieces) {
      const found = find(text, piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}

function find(text: string, piece: string, from: number): number {
  if (!piece.includes('?')) return text.indexOf(piece, from);
  for (let at = from; at + piece.length <= text.length; at++) if (fitsAt(text, piece, at)) return at;
  return -1;
}

function fitsAt(text: string, piece: string, at: number): boolean {
  for (let i = 0; i < piece.length; i++) if (piece[i] !== '?' && piece[i] !== text[at + i]) return false;
  return true;
}
