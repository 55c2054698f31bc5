import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { lineChart } from '../../src/viz/charts/line';
import { Table } from '../../src/viz/charts/table';
import { Chart } from '../../src/viz/drawing/chart';
import { BAD_INPUT } from '../support/cases/charts';
import type { Case } from '../support/cases/inputs';
import { assertCompiles, subtitleOf } from '../support/spec';

const viz = join(__dirname, '../../src/viz/charts');

/** Every function of viz that gives a chart or a table, by its signature in the source; `chart()` is their maker. */
function chartFunctions(): string[] {
  const declared = /^export function (\w+)\([^]*?\): (?:Chart|Table) \{$/gm;
  const files = [...readdirSync(viz).filter((file) => file !== 'index.ts'), '../training.ts'];
  const sources = files.map((file) => readFileSync(join(viz, file), 'utf8'));
  return sources.flatMap((text) =>
    text.split(/^(?=export )/m).flatMap((part) => [...part.matchAll(declared)].map(([, name = '']) => name)),
  );
}

/** Draws everything that a notebook would save; says what the picture says about what it left out. */
function drawn(thing: Chart | Table): string {
  if (thing instanceof Table) return String(thing.bundle()['text/plain']);
  assertCompiles(thing); // before it is drawn: vega leaves its marks in the records
  const bundle = thing.bundle();
  assert.doesNotMatch(String(bundle['image/svg+xml']), / (?:d|transform|x|y|width|height)="[^"]*NaN/);
  assert.ok(JSON.stringify(bundle).length < 2_500_000, `${JSON.stringify(bundle).length} bytes`);
  return subtitleOf(thing);
}

function judge({ draw, error, says }: Case): void {
  if (error) {
    assert.throws(draw, (thrown: Error) => {
      assert.match(thrown.message, error);
      assert.match(thrown.message, /^Cannot [^]*: expected [^]*, got /);
      return thrown instanceof RangeError || thrown instanceof TypeError;
    });
  } else assert.match(drawn(draw()), says);
}

describe('bad input', function () {
  this.timeout(60_000); // a hang, not a slow machine
  before(() => void lineChart({ a: [1, 2] }).bundle()); // loads vega and the fonts

  it('is tried on every chart function there is: a new one needs cases in test/support/cases/charts.ts', () =>
    assert.deepEqual(Object.keys(BAD_INPUT).sort(), chartFunctions().sort()));

  for (const [name, cases] of Object.entries(BAD_INPUT)) {
    for (const [what, one] of Object.entries(cases)) {
      const outcome = one.error ? 'a clear error' : 'a picture';
      it(`${name}: ${what} gives ${outcome}`, () => judge(one));
    }
  }
});
