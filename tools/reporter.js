'use strict';
// mocha's own reporter (spec, or the one named in TSDL_MOCHA_REPORTER), which also keeps the counts and what failed in a
// file, so that `tsdl test` knows them even when mocha dies halfway.
const { writeFileSync } = require('node:fs');
const mocha = require('mocha');

const name = process.env.TSDL_MOCHA_REPORTER || 'spec';
const Inner = mocha.reporters[name] || require(name);

/** Letters kept of one failure: its title, message and the head of its stack. */
const LONGEST = 1500;

module.exports = class extends Inner {
  constructor(runner, options) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, pending: 0, ended: false, failures: [] };
    const note = (key) => () => {
      counts[key]++;
      save();
    };
    const save = () => writeFileSync(process.env.TSDL_MOCHA_COUNTS, JSON.stringify(counts));
    runner.on('pass', note('passed'));
    runner.on('fail', (test, error) => {
      const why = error?.stack ?? error?.message ?? String(error);
      counts.failures.push(`${test.fullTitle()}\n${why}`.slice(0, LONGEST));
      note('failed')();
    });
    runner.on('pending', note('pending'));
    runner.on('end', () => {
      counts.ended = true;
      save();
    });
    save();
  }
};
