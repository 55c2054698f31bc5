'use strict';
// The two languages of the screen. Every sentence stands in both, side by side, where it is used.
// Old syntax, for version.js: a Node that is too old has to be able to say so.

/** The first of these that is not empty decides: our own, then POSIX's order. */
var VARIABLES = ['TSDL_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG'];

/** 'zh' where the environment asks for Chinese (`zh`, `zh_CN.UTF-8`); 'en' for anything else, nothing included. */
function language(env) {
  var variables = env || process.env;
  for (var i = 0; i < VARIABLES.length; i++) {
    var value = variables[VARIABLES[i]];
    if (value) return /^zh(?![a-z])/i.test(value) ? 'zh' : 'en';
  }
  return 'en';
}

/** The sentence in the language of the screen, its commands as they work here: `say({ zh: '完成', en: 'done' })`. */
function say(text) {
  var sentence = text[language()];
  try {
    return require('./place').told(sentence);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return sentence; // a Node too old to read place.js
  }
}

/** The same words in both languages: a version, a path. */
function plain(words) {
  return { zh: words, en: words };
}

module.exports = { language: language, say: say, plain: plain };
