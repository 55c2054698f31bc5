/**
 * `show()`: the one door from our code to the notebook. In a terminal the same call prints text.
 */
import './training'; // makes the live display the default of fit()

import { kernelHost, type MimeBundle } from '../helpers/notebook/host';
import { DISPLAY, METADATA } from './drawing/chart';
import { isTensor } from './drawing/values';

interface Displayable {
  toString(): string;
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
  [METADATA]?(): Record<string, unknown>;
}

const isDisplayable = (x: unknown): x is Displayable =>
  typeof x === 'object' && x !== null && typeof (x as Partial<Displayable>)[DISPLAY] === 'function';

const plain = (bundle: MimeBundle): string => {
  const text = bundle['text/plain'];
  return typeof text === 'string' ? text : JSON.stringify(text ?? Object.keys(bundle));
};

/**
 * Shows charts, tables, and anything else in the order given.
 * @example show(lossCurve(history));
 */
export function show(...things: readonly unknown[]): void {
  for (const thing of things) {
    if (isDisplayable(thing)) showOne(thing);
    else console.log(isTensor(thing) ? String(thing) : thing);
  }
}

function showOne(thing: Displayable): void {
  const host = kernelHost();
  // Outside a kernel only the text is wanted: no picture is drawn for it.
  if (!host && hasText(thing)) {
    console.log(thing.toString());
    return;
  }
  const bundle = thing[DISPLAY]();
  if (bundle instanceof Promise) {
    throw new TypeError('Cannot show: expected a MIME bundle at once, got a promise; await it before');
  }
  const metadata = thing[METADATA]?.();
  if (host) host.display(bundle, metadata ? { metadata } : {});
  else console.log(plain(bundle));
}

const hasText = (x: object): boolean => x.toString !== Object.prototype.toString;
