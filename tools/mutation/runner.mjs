/**
 * Runs the tests for Stryker, all mutants of a room in one process: TensorFlow takes a second to start.
 *
 * Stryker's own plugin for mocha looks for files of mocha's that mocha 12 calls otherwise, so that it does not start.
 */
import { resolve } from 'node:path';

import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Only the tests of these names: a suite of which none is left runs no hooks. */
const only = (names) => new RegExp(`^(?:${names.map(escaped).join('|')})$`);

/** Ends each run at its first failure, also inside suites that files made. */
function setBail(suite, bail) {
  suite.bail(bail);
  for (const child of suite.suites) setBail(child, bail);
}

class MochaRunner {
  static inject = tokens(commonTokens.options);

  constructor({ spec }) {
    this.shared = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.loaded = false;
    this.mocha = new Mocha({ timeout: 0, reporter: class {} }); // Stryker watches the time
    this.mocha.cleanReferencesAfterRun(false); // so that it can run again
    for (const file of spec) this.mocha.addFile(resolve(file.replace(/\.ts$/, '.js')));
  }

  /** Modules stay loaded: for a mutant that acts while they load Stryker starts a new process. */
  capabilities() {
    return { reloadEnvironment: false };
  }

  async dryRun({ coverageAnalysis, disableBail }) {
    const { shared } = this;
    this.mocha.suite.beforeEach(function () {
      if (coverageAnalysis === 'perTest') shared.currentTestId = this.currentTest?.fullTitle();
    });
    const result = await this.run(disableBail);
    return coverageAnalysis === 'off' ? result : { ...result, mutantCoverage: shared.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit, mutantActivation }) {
    this.mocha.grep(testFilter ? only(testFilter) : /^/);
    Object.assign(this.shared, {
      hitLimit,
      hitCount: hitLimit === undefined ? undefined : 0,
      activeMutant: mutantActivation === 'static' ? activeMutant.id : undefined,
    });
    return toMutantRunResult(await this.run(disableBail, activeMutant.id));
  }

  async run(disableBail, mutant) {
    try {
      if (!this.loaded) this.mocha.loadFiles();
      this.loaded = true;
      this.shared.activeMutant = mutant;
      setBail(this.mocha.suite, !disableBail);
      const tests = await this.tests();
      const { hitCount, hitLimit } = this.shared;
      return determineHitLimitReached(hitCount, hitLimit) ?? { status: DryRunStatus.Complete, tests };
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: String(error?.stack ?? error) };
    }
  }

  tests() {
    const tests = [];
    return new Promise((resolve) => {
      const runner = this.mocha.run(() => resolve(tests));
      const add = (test, rest) => {
        const name = (test.ctx?.currentTest ?? test).fullTitle(); // of a hook that fails: the test it was for
        tests.push({ id: name, name, timeSpentMs: test.duration ?? 0, ...rest });
      };
      runner.on('pass', (test) =>
        add(test, { status: TestStatus.Success, fileName: test.file?.replace(/\.js$/, '.ts') }),
      );
      runner.on('fail', (test, error) =>
        add(test, { status: TestStatus.Failed, failureMessage: String(error?.message ?? error) }),
      );
    });
  }
}

/** `spec`: the test files. Not Stryker's own `testFiles`, with which it takes their names for those of tests. */
export const strykerValidationSchema = {
  $schema: 'http://json-schema.org/draft-07/schema',
  type: 'object',
  properties: { spec: { type: 'array', items: { type: 'string' } } },
};

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-12', MochaRunner)];
