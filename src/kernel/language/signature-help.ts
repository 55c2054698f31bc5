/** The signatures of a call as an editor shows them. */
import type ts from 'typescript';

/** The signatures of a call, each with its parameters, and where the cursor is among them. */
export interface Signatures {
  readonly items: readonly {
    readonly label: string;
    readonly documentation: string;
    readonly parameters: readonly { readonly label: string; readonly documentation: string }[];
  }[];
  readonly selected: number;
  readonly argument: number;
}

/** The same in plain texts. */
export function signaturesOf({ items, selectedItemIndex, argumentIndex }: ts.SignatureHelpItems): Signatures {
  const plain = (parts: readonly ts.SymbolDisplayPart[] = []): string =>
    parts.map(({ text }) => text).join('');
  return {
    items: items.map((item) => {
      const parameters = item.parameters.map(({ displayParts, documentation }) => ({
        label: plain(displayParts),
        documentation: plain(documentation),
      }));
      const inner = parameters.map(({ label }) => label).join(plain(item.separatorDisplayParts));
      const label = `${plain(item.prefixDisplayParts)}${inner}${plain(item.suffixDisplayParts)}`;
      return { label, documentation: plain(item.documentation), parameters };
    }),
    selected: selectedItemIndex,
    argument: argumentIndex,
  };
}
