/** What kinds of candidates are called in the Language Server Protocol. */

const KINDS: Readonly<Record<string, number>> = {
  method: 2,
  function: 3,
  'local function': 3,
  constructor: 4,
  property: 10,
  getter: 10,
  setter: 10,
  var: 6,
  let: 6,
  const: 21,
  'local var': 6,
  parameter: 6,
  using: 6,
  'await using': 6,
  class: 7,
  'local class': 7,
  interface: 8,
  module: 9,
  'external module name': 9,
  enum: 13,
  'enum member': 20,
  keyword: 14,
  script: 17,
  directory: 19,
  type: 25,
  'primitive type': 25,
  'type parameter': 25,
  string: 12,
};
const TEXT = 1;

/** The protocol's number for one of TypeScript's kinds. */
export const kindOf = (kind: string): number => KINDS[kind] ?? TEXT;
