import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { additionsReady, installAdditions } from '../../src/setup/additions';

/** What papermill has, as far as the package asks for it. */
const PAPERMILL: Readonly<Record<string, string>> = {
  '__init__.py': '',
  'engines.py': 'class NBClientEngine: pass\n',
  'models.py':
    'from collections import namedtuple\nParameter = namedtuple("Parameter", "name kind default help")\n',
  'translators.py':
    'class Translator: pass\nclass All(dict):\n    register = dict.__setitem__\npapermill_translators = All()\n',
};

const PARAMETERS = `// what papermill -p may set
let epochs: number = 3; // how often
const name = 'a // b';
export let list: readonly number[] = [
  1, 2];
  let f: (x: number) => number = (x) => x + 1
const one = 1; const two = "b; c"; // both
if (epochs == 2) throw new Error();
// let none = 1;
`;

const INSPECTED = `epochs|number|3|how often
name|None|'a // b'|
list|readonly number[]|[|
f|(x: number) => number|(x) => x + 1|
one|None|1|
two|None|"b; c"|both
`;

const ASK = `
PARAMETERS = ${JSON.stringify(PARAMETERS)}
import importlib.metadata as m
[entry] = [e for e in m.entry_points().get("papermill.engine", []) if e.name == "tsdl"] if hasattr(m.entry_points(), "get") else m.entry_points(group="papermill.engine", name="tsdl")
entry.load()
from papermill.translators import papermill_translators
for each in papermill_translators["typescript"].inspect({"source": PARAMETERS}): print(*each, sep="|")
print(papermill_translators["typescript"].codify({"n": 3, "name": 'a"中', "list": [1.5, None, True], "nan": float("nan")}))
`;

describe('papermill', () => {
  it('declares the parameters of a notebook in TypeScript', () => {
    const venv = mkdtempSync(join(tmpdir(), 'tsdl-papermill-'));
    try {
      const packages = join(venv, 'lib', 'python3', 'site-packages');
      mkdirSync(join(packages, 'papermill'), { recursive: true });
      for (const [name, text] of Object.entries(PAPERMILL))
        writeFileSync(join(packages, 'papermill', name), text);
      assert.equal(additionsReady(venv), false);
      installAdditions(venv);
      assert.equal(additionsReady(venv), true);
      const { stdout, stderr } = spawnSync('python3', ['-c', ASK], {
        encoding: 'utf8',
        env: { ...process.env, PYTHONPATH: packages, PYTHONIOENCODING: 'utf8' },
      });
      const cell =
        '// Parameters\nlet n = 3;\nlet name = "a\\"中";\nlet list = [1.5, null, true];\nlet nan = NaN;\n';
      assert.equal(stdout.trim(), `${INSPECTED}${cell}`.trim(), stderr);
    } finally {
      rmSync(venv, { recursive: true });
    }
  });

  it('leaves an environment of another form alone', () => {
    assert.equal(additionsReady('/nonexistent'), true);
  });
});
