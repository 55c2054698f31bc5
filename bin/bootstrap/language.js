'use strict';
// The two languages of the screen. Every sentence stands in both, side by side, where it is used.

/** The first of these that is not empty decides: our own, then POSIX's order. */
const VARIABLES = ['TSDL_LANG', 'LC_ALL', 'LC_MESSAGES', 'LANG'];

/** 'zh' where the environment asks for Chinese (`zh`, `zh_CN.UTF-8`); 'en' for anything else, nothing included. */
function language(env = process.env) {
  const name = VARIABLES.find((variable) => env[variable]);
  return name !== undefined && /^zh(?![a-z])/i.test(env[name]) ? 'zh' : 'en';
}

/** The sentence in the language of the screen: `say({ zh: '完成', en: 'done' })`. */
const say = (text) => text[language()];

/** The same words in both languages: a version, a path. */
const plain = (words) => ({ zh: words, en: words });

module.exports = { language, say, plain };
