/** A text of several lines as a terminal may show it: lines, tabs and colours stay, colours end with the text. */
export function visible(text: string): string;
/** The same for what stands within a line, as names do: ends of lines and colours are shown, too. */
export function visibleInLine(text: string): string;
