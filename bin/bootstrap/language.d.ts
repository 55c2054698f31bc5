/** See language.js. */
export type Language = 'zh' | 'en';
/** A sentence in the two languages of the screen. */
export type Text = Readonly<Record<Language, string>>;
export function language(env?: NodeJS.ProcessEnv): Language;
export function say(text: Text): string;
export function plain(words: string): Text;
