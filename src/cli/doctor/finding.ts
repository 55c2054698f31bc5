/** What one check of the doctor tells. */
import type { Text } from '../../../bin/bootstrap/language';
import { told } from '../../../bin/bootstrap/place';

/** One line of the doctor's table. */
export interface Check {
  readonly id: string;
  readonly label: Text;
  /** `fault` stops the work and makes the exit code 1; `warning` costs something; `info` is neither. */
  readonly state: 'ok' | 'fault' | 'warning' | 'info';
  readonly value: Text;
  /** The command that mends it. */
  readonly mend?: string;
}

const make =
  (state: Check['state']) =>
  (id: string, label: Text, value: Text, mend?: string): Check => ({
    id,
    label,
    state,
    value: { zh: told(value.zh), en: told(value.en) },
    mend: mend && told(mend),
  });

/** A check that found nothing wrong. */
export const ok = make('ok');
/** A check that found what stops the work. */
export const fault = make('fault');
/** A check that found what costs time or numbers. */
export const warning = make('warning');
/** A check that only tells. */
export const info = make('info');
