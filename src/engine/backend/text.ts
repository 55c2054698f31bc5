/** A sentence in the two languages the runtime speaks: Chinese on screen, English in errors and with --lang en. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

export const text = (zh: string, en: string): Text => ({ zh, en });
