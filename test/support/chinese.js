'use strict';
// Tests read what the screen says: in Chinese, whatever the machine speaks; a test of English sets TSDL_LANG itself.
process.env.TSDL_LANG = 'zh';
