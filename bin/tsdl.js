#!/usr/bin/env node
// The `tsdl` command: what README names. See src/cli.
'use strict';
require('./bootstrap/version');
require('./bootstrap/start').start('src/cli/main', process.argv.slice(2));
