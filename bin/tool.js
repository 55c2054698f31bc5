#!/usr/bin/env node
// The tools of those who work on tsdl (npm test, npm run bench, …). See tools/.
'use strict';
require('./bootstrap/version');
require('./bootstrap/start').start('tools/main', process.argv.slice(2));
