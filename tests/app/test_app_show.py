"""Goal: what a user wrote is shown letter by letter, whatever it would mean in Markdown.

Method: a Markdown reader of our own is not needed: CommonMark says that a backslash before ASCII
punctuation gives that character, so every such character must have one and nothing else may change.
"""

import string

from hypothesis import given
from hypothesis import strategies as st

from meshsim.app.show import plain


def unescaped(markdown):
    text, escaped = [], False
    for letter in markdown:
        if escaped or letter != "\\":
            assert escaped == (letter in string.punctuation), letter
            text.append(letter)
            escaped = False
        else:
            escaped = True
    assert not escaped
    return "".join(text)


def test_markup_loses_its_meaning():
    assert plain("<b>*x*</b>") == r"\<b\>\*x\*\<\/b\>"
    assert plain("![](http://a)") == r"\!\[\]\(http\:\/\/a\)"
    assert plain(":red[$x$]") == r"\:red\[\$x\$\]"


def test_it_is_one_line():
    assert plain("# a\n\n- b\t c") == r"\# a \- b c"


@given(st.text())
def test_nothing_but_white_space_changes(text):
    assert unescaped(plain(text)) == " ".join(text.split())
