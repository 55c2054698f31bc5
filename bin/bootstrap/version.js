// Turns away a Node that is too old. This file keeps to the syntax of very old Nodes, so that they get far enough to
// say it; everything else lies behind this check.
'use strict';

var version = process.versions.node.split('.').map(Number);
// 21 and 23 were never kept up; before 22.14 a warning of Node's own falls into the notebooks, before 22.12 mocha fails.
var least = { 20: 19, 22: 14 }[version[0]];

if (version[0] < 24 && !(version[1] >= least)) {
  console.error(
    require('./language').say({
      zh:
        '需要 Node.js 20.19 以上的 20、22.14 以上的 22，或 24 以上，现在是 ' +
        process.versions.node +
        '。请先升级：nvm install 24，或到 https://nodejs.org 下载。',
      en:
        'tsdl needs Node.js 20.19 or a later 20, 22.14 or a later 22, or 24 and newer; this is ' +
        process.versions.node +
        '. Upgrade it first: nvm install 24, or download it from https://nodejs.org',
    }),
  );
  process.exit(1);
}
