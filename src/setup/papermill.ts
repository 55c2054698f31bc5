/**
 * `papermill -p` for notebooks in TypeScript: a small Python package in the environment, which papermill, once it is
 * installed there, loads as one of its engines.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { writeWhole } from '../helpers/files/cache';
import { VENV } from './interpreter';

const MODULE = `"""papermill -p for notebooks in TypeScript. papermill loads this as an engine; what it needs is the translator."""

import json

from papermill.engines import NBClientEngine
from papermill.translators import Translator, papermill_translators


class TypeScriptTranslator(Translator):
    """Parameters as a cell that declares them; JSON, with Python's NaN and Infinity in it, is TypeScript."""

    @classmethod
    def translate(cls, val):
        return json.dumps(val, ensure_ascii=False)

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        lines = [f"let {name} = {cls.translate(value)};" for name, value in parameters.items()]
        return "\\n".join([cls.comment(comment), *lines]) + "\\n"


class Engine(NBClientEngine):
    """papermill's own engine under another name."""


papermill_translators.register("typescript", TypeScriptTranslator)
`;

const FILES: Readonly<Record<string, string>> = {
  'tsdl_papermill.py': MODULE,
  'tsdl_papermill-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: tsdl-papermill\nVersion: 1.0\n',
  'tsdl_papermill-1.0.dist-info/entry_points.txt': '[papermill.engine]\ntsdl = tsdl_papermill:Engine\n',
};

/** Where the environment keeps its packages; undefined where it is laid out in another way. */
function sitePackages(venv: string): string | undefined {
  const lib = join(venv, 'lib');
  const versions = existsSync(lib) ? readdirSync(lib) : [];
  return versions.map((name) => join(lib, name, 'site-packages')).find((path) => existsSync(path));
}

/** Whether the package is there as it would be now. */
export function translatorReady(venv = VENV): boolean {
  const folder = sitePackages(venv);
  if (folder === undefined) return true;
  return Object.entries(FILES).every(([name, text]) => {
    const path = join(folder, name);
    return existsSync(path) && readFileSync(path, 'utf8') === text;
  });
}

/** Puts the package into the environment. */
export function installTranslator(venv = VENV): void {
  const folder = sitePackages(venv);
  if (folder === undefined) return;
  for (const [name, text] of Object.entries(FILES)) writeWhole(join(folder, name), text);
}
