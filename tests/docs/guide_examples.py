"""Runs the examples of a guide as a reader would: from top to bottom, in an empty folder.

* A ``python`` block runs in one namespace per guide. A ``text`` block right below it shows what it
  prints.
* A ``console`` block holds commands, each after ``$``, with their output below. Those that begin
  with ``meshsim`` are run, others are not. ``$ echo $?`` below one shows its exit code, which is 0
  without it.
* A ``yaml`` block whose first line is ``# name.yaml`` is that file.

Output is compared line by line, ``...`` stands for anything; a command without shown output may
print what it likes. With MESHSIM_REWRITE_GUIDES=1 in the environment, shown output that is wrong is
written anew into the guide: between lines ``...`` as many lines as before, found by their first.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

REWRITE = os.environ.get("MESHSIM_REWRITE_GUIDES") == "1"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (\S+\.yaml)\n")
TIMEOUT_S = 120


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    start: int
    """Offset of the text in the guide."""


@dataclass(frozen=True)
class Command:
    """One command of a console block; ``shown`` is the output below it, at ``start``."""

    words: str
    shown: str
    start: int


@dataclass
class Guide:
    """A guide that is being run; ``wrong`` collects what does not agree."""

    text: str
    wrong: list[str] = field(default_factory=list)
    corrections: list[tuple[int, int, str]] = field(default_factory=list)
    examples: int = 0

    def run(self) -> None:
        """Run all examples in the present folder."""
        namespace: dict[str, object] = {"__name__": "guide"}
        blocks = list(self.blocks())
        for block, below in zip(blocks, [*blocks[1:], None], strict=True):
            if block.language == "yaml" and (name := FILE_NAME.match(block.text)):
                Path(name[1]).write_text(block.text, encoding="utf-8")
            elif block.language == "console":
                self._console(block)
            elif block.language == "python":
                self._python(block, below, namespace)

    def blocks(self) -> Iterator[Block]:
        for match in FENCE.finditer(self.text):
            yield Block(match[1], match[2], match.start(2))

    def corrected(self) -> str:
        """The guide with the output that its examples really have."""
        text = self.text
        for start, end, output in sorted(self.corrections, reverse=True):
            text = text[:start] + output + text[end:]
        return text

    def _python(self, block: Block, below: Block | None, namespace: dict[str, object]) -> None:
        self.examples += 1
        printed = io.StringIO()
        code = compile("\n" * self._line(block.start) + block.text, "<guide>", "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, namespace)
        if below is not None and below.language == "text" and self._adjacent(block, below):
            self._compare(below.start, below.text, printed.getvalue())

    def _adjacent(self, block: Block, below: Block) -> bool:
        between = self.text[block.start + len(block.text) : below.start]
        return not between.replace("```text", "").replace("```", "").strip()

    def _console(self, block: Block) -> None:
        commands = list(_commands(block))
        for command, below in zip(commands, [*commands[1:], None], strict=True):
            if not command.words.startswith("meshsim "):
                continue
            self.examples += 1
            exit_code, output = _execute(command.words)
            expected = "0"
            if below is not None and below.words == "echo $?":
                expected = below.shown.strip()
            if str(exit_code) != expected:
                self._complain(command.start, f"exit code {exit_code}, not {expected}\n{output}")
            if command.shown:
                self._compare(command.start, command.shown, output)

    def _compare(self, start: int, shown: str, output: str) -> None:
        output = "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())
        if doctest.OutputChecker().check_output(shown, output, doctest.ELLIPSIS):
            return
        self._complain(start, f"shown:\n{shown}\nreal:\n{output}")
        self.corrections.append((start, start + len(shown), shortened(output, shown)))

    def _complain(self, start: int, message: str) -> None:
        self.wrong.append(f"line {self._line(start) + 1}: {message}")

    def _line(self, offset: int) -> int:
        return self.text.count("\n", 0, offset)


def _commands(block: Block) -> Iterator[Command]:
    starts = [match.start() for match in re.finditer(r"^\$ ", block.text, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(block.text)], strict=True):
        lines = block.text[start:end].splitlines(keepends=True)
        count = 1 + next(n for n, line in enumerate(lines) if not line.endswith("\\\n"))
        head, shown = "".join(lines[:count]), "".join(lines[count:])
        words = head.removeprefix("$ ").replace("\\\n", " ").strip()
        yield Command(words, shown, block.start + start + len(head))


def shortened(output: str, like: str) -> str:
    """The output with the same passages left out as in ``like``."""
    if "...\n" not in like:
        return output
    lines, found, position = output.splitlines(keepends=True), [], 0
    for passage in re.split(r"^\.\.\.\n", like, flags=re.MULTILINE):
        wanted = passage.splitlines(keepends=True)
        if wanted and wanted[0] in lines[position:]:
            position = lines.index(wanted[0], position)
        found.append("".join(lines[position : position + len(wanted)]))
        position += len(wanted)
    return "...\n".join(found)


def _execute(words: str) -> tuple[int, str]:
    """Exit code of a meshsim command, and what it writes, errors last."""
    program = Path(sys.executable).with_name("meshsim")
    done = subprocess.run(
        [program, *shlex.split(words)[1:]],
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
    )
    return done.returncode, done.stdout + done.stderr


def run_guide(path: Path) -> Guide:
    """Run a guide in the present folder; corrects the file if asked to."""
    guide = Guide(path.read_text(encoding="utf-8"))
    guide.run()
    if REWRITE and guide.corrections:
        path.write_text(guide.corrected(), encoding="utf-8")
    return guide
