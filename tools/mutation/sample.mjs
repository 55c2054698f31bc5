/**
 * A part of the mutants, the same in every run: what is left out counts as one that does not compile, and so in no
 * score.
 */
import { createHash } from 'node:crypto';

import { CheckStatus } from '@stryker-mutator/api/check';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';

/** By what the mutant is, not by its number: a mutant more or less leaves the choice among the others as it was. */
function chosen({ fileName, location, mutatorName, replacement }, every) {
  const { start, end } = location;
  const place = [start.line, start.column, end.line, end.column];
  const key = [fileName.replace(/.*\/src\//, ''), ...place, mutatorName, replacement].join('\0');
  return createHash('sha256').update(key).digest().readUInt32BE() % every === 0;
}

class Sample {
  static inject = tokens(commonTokens.options);

  constructor({ every }) {
    this.every = every;
  }

  async init() {}

  group(mutants) {
    return [mutants.map(({ id }) => id)];
  }

  async check(mutants) {
    const left = { status: CheckStatus.CompileError, reason: 'not in the sample' };
    const statuses = mutants.map((mutant) => [
      mutant.id,
      chosen(mutant, this.every) ? { status: CheckStatus.Passed } : left,
    ]);
    return Object.fromEntries(statuses);
  }
}

/** `every`: one mutant in so many. */
export const strykerValidationSchema = {
  $schema: 'http://json-schema.org/draft-07/schema',
  type: 'object',
  properties: { every: { type: 'number' } },
};

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', Sample)];
