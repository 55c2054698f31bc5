'use strict';
// mocha's own reporter (spec, or the one named in TSDL_MOCHA_REPORTER), which also keeps the counts in a file, so that
// `tsdl test` knows them even when mocha dies halfway.
const { writeFileSync } = require('node:fs');
const mocha = require('mocha');

const name = process.env.TSDL_MOCHA_REPORTER || 'spec';
const Inner = mocha.reporters[name] || require(name);

module.exports = class extends Inner {
  constructor(runner, options) {
    super(runner, options);
    const counts = { passed: 0, failed: 0, pending: 0, ended: false };
    const note = (key) => () => {
      counts[key]++;
      save();
    };
    const save = () => writeFileSync(process.env.TSDL_MOCHA_COUNTS, JSON.stringify(counts));
    runner.on('pass', note('passed'));
    runner.on('fail', note('failed'));
    runner.on('pending', note('pending'));
    runner.on('end', () => {
      counts.ended = true;
      save();
    });
    save();
  }
};
