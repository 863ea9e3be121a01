"""The app in Streamlit's own test runner: no browser, no server, the real script."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parent.parent.parent
MAIN = ROOT / "meshsim" / "app" / "main.py"
SECONDS_MAX = 60


def opened(script=MAIN, **query):
    """The app as a visitor with that link finds it; the smallest topology unless told so."""
    app = AppTest.from_file(script, default_timeout=SECONDS_MAX)
    for key, value in {"topology": "chain-3", **query}.items():
        app.query_params[key] = value
    return app.run()


def answered(**query):
    """The app after a press on Run."""
    app = opened(**query)
    app.button(key="run").click().run()
    assert not app.exception
    return app


def page(app, name):
    """The app on another page."""
    app.switch_page(f"views/{name}.py").run()
    assert not app.exception
    return app


def texts(elements):
    return [element.value for element in elements]


def shown(app):
    """All Markdown on the page."""
    return "\n".join(texts(app.markdown) + texts(app.caption))
