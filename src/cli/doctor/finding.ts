/** What one check of the doctor tells. */
import type { Text } from '../../../bin/bootstrap/language';
import { told } from '../../../bin/bootstrap/place';

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

export const ok = make('ok');
export const fault = make('fault');
export const warning = make('warning');
export const info = make('info');
