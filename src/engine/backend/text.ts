import { told } from './paths';

/** A sentence in the two languages the runtime speaks: Chinese on screen, English in errors and with --lang en. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

/** Commands in it are named as they work here: `npx tsdl doctor` where tsdl is an installed package. */
export const text = (zh: string, en: string): Text => ({ zh: told(zh), en: told(en) });
