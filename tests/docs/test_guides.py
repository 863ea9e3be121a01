"""Goal: what a guide shows is what happens. Method: every guide is run, and its output compared.

``guide_examples.py`` says which blocks are run and how output is compared. The README's five lines
are run too, with fewer requests.
"""

from pathlib import Path

import pytest
from guide_examples import Guide, run_guide, shortened

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))

PYTHON = """
```python
print("one")
print("two")
```

```text
one
two
```
"""
CONSOLE = """
```console
$ meshsim --version
meshsim 0...
$ ls
anything
$ meshsim check nothing.yaml
nothing.yaml: no such file; check the path
$ echo $?
2
```
"""


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_shows_what_happens(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    guide = run_guide(path)
    assert guide.wrong == []


def test_the_guides_are_there():
    names = {path.stem for path in GUIDES}
    assert {"first-comparison", "simulation-practice"} <= names


def test_the_five_lines_of_the_readme_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = Guide((ROOT / "README.md").read_text(encoding="utf-8")).blocks()
    (code,) = [block.text for block in blocks if block.language == "python"]
    assert code.count("requests=500") == 1
    exec(code.replace("requests=500", "requests=50"), {})
    assert "IN SHORT" in capsys.readouterr().out
    assert Path("report.html").stat().st_size > 10_000


class TestTheRunner:
    @pytest.mark.parametrize(("sample", "examples"), [(PYTHON, 1), (CONSOLE, 2)])
    def test_agrees_with_what_is_true(self, sample, examples, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        guide = Guide(sample)
        guide.run()
        assert guide.wrong == []
        assert guide.examples == examples

    def test_sees_another_output_of_python(self):
        guide = Guide(PYTHON.replace("\none\ntwo\n", "\none\n2\n"))
        guide.run()
        assert len(guide.wrong) == 1
        assert guide.wrong[0].startswith("line 8: shown:\none\n2\n")

    def test_sees_another_output_and_another_exit_code(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        guide = Guide(CONSOLE.replace("meshsim 0", "meshsim 1").replace("\n2\n", "\n0\n"))
        guide.run()
        assert [message[:8] for message in guide.wrong] == ["line 4: ", "line 8: "]

    def test_writes_the_output_anew(self):
        guide = Guide("```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n")
        guide.run()
        assert guide.corrected() == "```python\nprint(1 + 1)\n```\n\n```text\n2\n```\n"

    @pytest.mark.parametrize(
        ("shown", "rewritten"),
        [
            ("a 0\n", "A\na 1\nB\nb 2\n"),
            ("...\nB\nb 0\n", "...\nB\nb 2\n"),
            ("A\na 0\n...\n", "A\na 1\n...\n"),
            ("A\n...\nB\nb 0\n", "A\n...\nB\nb 2\n"),
        ],
    )
    def test_leaves_out_what_was_left_out(self, shown, rewritten):
        assert shortened("A\na 1\nB\nb 2\n", shown) == rewritten

    def test_takes_a_text_block_further_below_for_something_else(self):
        guide = Guide("```python\nprint(1)\n```\n\nWords.\n\n```text\n3\n```\n")
        guide.run()
        assert guide.wrong == []

    def test_writes_the_files_that_a_guide_shows(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Guide("```yaml\n# shop.yaml\nmeshsim: 1\n```\n").run()
        assert Path("shop.yaml").read_text(encoding="utf-8") == "# shop.yaml\nmeshsim: 1\n"
