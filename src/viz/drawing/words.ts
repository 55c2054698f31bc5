/** Words that several charts share, in the language of the screen. */
import { say, type Text } from '../../../bin/bootstrap/language';

/** The comma between parts of a sentence, in the language of the screen. */
export const comma = (): string => say({ zh: '，', en: ', ' });
/** The semicolon between parts of a sentence, in the language of the screen. */
export const semicolon = (): string => say({ zh: '；', en: '; ' });
/** Title of an axis of values. */
export const valueTitle = (): string => say({ zh: '值', en: 'value' });
/** Title of an axis of counts. */
export const countTitle = (): string => say({ zh: '个数', en: 'count' });

const grouped = (n: number): string => n.toLocaleString('en');

/** A note where only the first are drawn; `what` with its measure word: `{ zh: '组', en: 'groups' }`. */
export function firstOf(shown: number, all: number, what: Text): string[] {
  if (shown >= all) return [];
  return [
    say({
      zh: `共 ${grouped(all)} ${what.zh}，只画前 ${shown} ${what.zh}`,
      en: `the first ${shown} of ${grouped(all)} ${what.en}`,
    }),
  ];
}

/** A note where values are not numbers that can be drawn; `fate` says what became of them. */
export function notFinite(bad: number, fate: Text): string[] {
  if (bad === 0) return [];
  return [
    say({
      zh: `${bad} 个值不是有限数（NaN 或 ∞），${fate.zh}`,
      en: `${bad} values are not finite (NaN or ∞) and ${fate.en}`,
    }),
  ];
}

/** What stands beside the number of values that were left out. */
export const NOT_DRAWN: Text = { zh: '未画出', en: 'not drawn' };
