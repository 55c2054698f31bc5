// Turns away a Node that is too old. This file keeps to the syntax of very old Nodes, so that they get far enough to
// say it; everything else lies behind this check.
'use strict';

var version = process.versions.node.split('.').map(Number);

if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error(
    require('./language').say({
      zh:
        '需要 Node.js 20.19 以上，现在是 ' +
        process.versions.node +
        '。请先升级：nvm install 22，或到 https://nodejs.org 下载。',
      en:
        'tsdl needs Node.js 20.19 or newer; this is ' +
        process.versions.node +
        '. Upgrade it first: nvm install 22, or download it from https://nodejs.org',
    }),
  );
  process.exit(1);
}
