/**
 * A run of notebooks as JUnit XML, in the dialect that GitLab, Jenkins and GitHub's reporters share: a test suite for
 * each notebook, a test case for each code cell; one for the notebook itself where no cell can take the blame.
 */
import { relative } from 'node:path';

import { type CodeCell, codeCells } from './cells';
import { words } from './failure';
import { kindText, type NotebookReport, type Report, type RunError } from './report';

interface TestCase {
  readonly name: string;
  readonly seconds: number;
  readonly line?: number;
  /** The element that says why the case did not pass. */
  readonly verdict?: string;
}

/**
 * What XML 1.0 forbids: control characters, halves of surrogate pairs; and what a terminal would still obey that shows the
 * file: colours and titles as a whole, the second set of control characters, turned writing.
 */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- the regex is about control characters
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/** Text as the content of an element. */
export const escapeText = (text: string): string =>
  text.replace(FORBIDDEN, '').replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? '');

/** Text as the value of an attribute, where a parser would turn line ends into blanks. */
const escapeValue = (text: string): string =>
  escapeText(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');

type Values = Readonly<Record<string, string | number | null | undefined>>;

/** An element on lines of its own; `content` is XML already. Attributes without a value are left out. */
function element(name: string, attributes: Values, content: readonly string[] = []): string {
  const values = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ` ${key}="${escapeValue(String(value))}"`);
  const start = `<${name}${values.join('')}`;
  return content.length === 0 ? `${start}/>` : `${start}>\n${content.join('\n')}\n</${name}>`;
}

/** Only what a cell did is a failure; that a kernel died or was stopped is an error of the run. */
const FAILURES: ReadonlySet<RunError['kind']> = new Set(['error', 'stderr', 'timeout']);

function verdictOf(error: RunError): string {
  const first = error.message.split('\n')[0] ?? '';
  const message = `${kindText(error.kind)}${first === '' ? '' : `: ${first}`}`;
  const attributes = Object.entries({ message, type: error.name })
    .map(([key, value]) => ` ${key}="${escapeValue(value)}"`)
    .join('');
  const name = FAILURES.has(error.kind) ? 'failure' : 'error';
  return `<${name}${attributes}>${escapeText(words(error))}</${name}>`;
}

const SKIPPED = '<skipped/>';

/** The cell's place, and its id where there is one: `cell 3 (05-cnn-07)`. */
const caseName = ({ index, id }: CodeCell): string => `cell ${index + 1}${id ? ` (${id})` : ''}`;

/** One case for each code cell: those before the failure passed, those behind it did not run. */
function casesOf(entry: NotebookReport, cells: readonly CodeCell[]): TestCase[] {
  const { error, status, cellSeconds } = entry;
  const failing = error === null ? -1 : cells.findIndex(({ index }) => index === error.cell);
  const begun = status === 'not run' ? 0 : failing >= 0 ? failing : entry.executed;
  const cases = cells.map((cell, i): TestCase => {
    const common = { name: caseName(cell), line: cell.line, seconds: cellSeconds[i] ?? 0 };
    if (error !== null && i === failing) return { ...common, verdict: verdictOf(error) };
    return i < begun ? common : { ...common, seconds: 0, verdict: SKIPPED };
  });
  if (status === 'not run' && cells.length === 0) return [{ name: 'notebook', seconds: 0, verdict: SKIPPED }];
  if (error === null || failing >= 0) return cases;
  return [{ name: 'notebook', seconds: 0, verdict: verdictOf(error) }, ...cases];
}

interface Suite {
  readonly name: string;
  readonly file?: string;
  readonly seconds: number;
  readonly properties: Values;
  readonly cases: readonly TestCase[];
}

function counts(cases: readonly TestCase[]): Values {
  const count = (tag: string): number => cases.filter(({ verdict }) => verdict?.startsWith(`<${tag}`)).length;
  return {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
  };
}

function suiteXml({ name, file, seconds, properties, cases }: Suite, timestamp: string): string {
  const facts = Object.entries(properties).filter(([, value]) => value !== null);
  return element('testsuite', { name, file, ...counts(cases), time: seconds, timestamp }, [
    ...(facts.length === 0
      ? []
      : [
          element(
            'properties',
            {},
            facts.map(([key, value]) => element('property', { name: key, value })),
          ),
        ]),
    ...cases.map((one) =>
      element(
        'testcase',
        { classname: name, name: one.name, file, line: one.line, time: one.seconds },
        one.verdict === undefined ? [] : [one.verdict],
      ),
    ),
  ]);
}

/** What ended the run itself: no notebook can take the blame. */
function faultSuite({ name, message }: Error): Suite {
  const error: RunError = { kind: 'run', name, message, cell: null, id: null };
  const cases = [{ name: 'driver', seconds: 0, verdict: verdictOf(error) }];
  return { name: 'tsdl run', seconds: 0, properties: {}, cases };
}

/**
 * The whole file.
 *
 * @param root the folder that the file's paths begin at
 * @param fault what ended the run itself, beside its notebooks
 */
export function junit(report: Report, root: string, fault?: Error): string {
  const suites = report.notebooks.map((entry): Suite => {
    const file = relative(root, entry.path);
    const { device, peakMB } = entry;
    const properties = { profile: report.profile, seed: report.seed, device, peakMB };
    const cases = casesOf(entry, codeCells(entry.path));
    return { name: entry.notebook, file, seconds: entry.seconds, properties, cases };
  });
  if (fault !== undefined) suites.push(faultSuite(fault));
  const all = suites.flatMap(({ cases }) => cases);
  const xml = element(
    'testsuites',
    { name: 'tsdl run', ...counts(all), time: report.seconds },
    suites.map((suite) => suiteXml(suite, report.started)),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}\n`;
}
