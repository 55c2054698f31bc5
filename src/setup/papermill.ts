/** `papermill -p` for notebooks in TypeScript; papermill, once it is installed, loads this as one of its engines. */
export const TRANSLATOR = String.raw`"""papermill -p for notebooks in TypeScript. papermill loads this as an engine; what it needs is the translator."""

import json
import re

from papermill.engines import NBClientEngine
from papermill.models import Parameter
from papermill.translators import Translator, papermill_translators

VALUE = r"""(?:'[^'\n]*'|"[^"\n]*"|\x60[^\x60\n]*\x60|[^'"\x60/\n;]|/(?!/))*?"""
DECLARED = re.compile(
    r"(?:^|(?<=;))[ \t]*(?:export\s+)?(?:let|const|var)\s+([\w$]+)\s*(?::\s*(.*?))?\s*"
    rf"=(?![=>])\s*({VALUE})[ \t]*(?:;|(?=//)|$)(?:[ \t]*//[ \t]*(.*))?",
    re.MULTILINE,
)


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
        return "\n".join([cls.comment(comment), *lines]) + "\n"

    @classmethod
    def inspect(cls, parameters_cell):
        return [
            Parameter(name, kind or "None", default, help or "")
            for name, kind, default, help in DECLARED.findall(parameters_cell["source"])
        ]


class Engine(NBClientEngine):
    """papermill's own engine under another name."""


papermill_translators.register("typescript", TypeScriptTranslator)
`;
