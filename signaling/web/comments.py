"""Takes out of JavaScript, CSS and JSON what only their readers need, without moving a line: errors name true ones.

Comments that fill their lines go, types before an expression, remarks behind code where no quote follows that could
make them text, and indentation. Everything stays in a file with a template literal over several lines, where a line
may look like a comment and be text. A quarter of the compressed client is that (`python -m bench.client` prints both).
"""

import re
from typing import Final

_BLOCK: Final = re.compile(r"^[ \t]*/\*[^*]*(?:\*(?!/)[^*]*)*\*/[ \t]*$", re.MULTILINE)
_LINE: Final = re.compile(r"^[ \t]*//.*$", re.MULTILINE)
_TYPE: Final = re.compile(r"/\*\* @[^\n*]*(?:\*(?!/)[^\n*]*)*\*/ ?")
_REMARK: Final = re.compile(r"(?<=[;,{})\]])[ \t]+// [^\"'`\n]*$", re.MULTILINE)
_INDENT: Final = re.compile(r"^[ \t]+", re.MULTILINE)


def without_comments(source: str) -> str:
    """Of JavaScript, and of CSS, which has no line comments and no line that begins with two slashes."""
    text = _LINE.sub("", _BLOCK.sub(lambda found: "\n" * found[0].count("\n"), source))
    if "`" in text and any(line.count("`") % 2 for line in text.splitlines()):
        return source
    return without_indent(_REMARK.sub("", _TYPE.sub("", text)))


def without_indent(source: str) -> str:
    return _INDENT.sub("", source)
