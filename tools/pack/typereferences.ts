/** Types that declarations take for granted and a reader's compiler may not have loaded: each is asked for by name. */

/** Packages of types, and what stands in declarations that need them. */
const NEEDS: Readonly<Record<string, RegExp>> = {
  node: /\bBuffer\b|\bNodeJS\.|['"]node:|Symbol\.(async)?dispose/i,
  // tfjs-core's declarations say `Long` and import it from nowhere: a name of @types/long, which `types` may leave out.
  long: /['"]@tensorflow\/tfjs['"]/,
};

/** The lines that load what these declarations need, whatever the reader's `types` and `lib` say. */
export const referencesOf = (declarations: string): string[] =>
  Object.keys(NEEDS)
    .filter((name) => NEEDS[name]?.test(declarations))
    .map((name) => `/// <reference types="${name}" />`);
