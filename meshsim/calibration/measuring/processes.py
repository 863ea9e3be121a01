"""Processes of a measurement: started tied to this one, and ended with it, whatever happens."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Self

from meshsim.calibration.measuring import launcher

_END_SECONDS = 2.0
_LOG_LENGTH = 400


class Process:
    """A running program that dies with this process; a context that ends it.

    What it writes to stderr goes to a file without a name, which is gone when both are.
    """

    def __init__(
        self,
        words: Sequence[str],
        cores: Collection[int],
        *,
        pass_fds: Sequence[int] = (),
        piped: bool = False,
    ) -> None:
        pinned = ",".join(map(str, sorted(cores)))
        command = [sys.executable, "-I", "-S", launcher.__file__, str(os.getpid()), pinned, *words]
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        stream = subprocess.PIPE if piped else subprocess.DEVNULL
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own words, and no shell
                command,
                stdin=stream,
                stdout=stream,
                stderr=self._errors,
                pass_fds=tuple(pass_fds),
                start_new_session=True,
            )
        except BaseException:
            self._errors.close()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    @property
    def stdin(self) -> IO[bytes]:
        """What it reads, if it is piped."""
        assert self._popen.stdin is not None, "asked for pipes"
        return self._popen.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """What it writes, if it is piped."""
        assert self._popen.stdout is not None, "asked for pipes"
        return self._popen.stdout

    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._popen.poll() is not None

    def last_words(self) -> str:
        """The end of what it wrote to stderr, on one line."""
        self._errors.seek(0)
        return " ".join(self._errors.read().decode(errors="replace").split())[-_LOG_LENGTH:]

    def close(self) -> None:
        """End it and wait until it is gone."""
        self._popen.kill()
        self._popen.wait(timeout=_END_SECONDS)
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def memory_file(name: str, content: bytes) -> int:
    """A descriptor of a file that exists in memory only, and its content."""
    descriptor = os.memfd_create(name, 0)
    try:
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(content)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
