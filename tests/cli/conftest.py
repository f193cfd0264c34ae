"""Run the command line in this process, as the entry point does."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lodestock.cli.app import main


@dataclass(frozen=True)
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@pytest.fixture
def lodestock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Return a function that runs ``lodestock ARGUMENTS``."""

    def run(*arguments: object) -> Done:
        monkeypatch.setattr("sys.argv", ["lodestock", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        captured = capsys.readouterr()
        return Done(int(end.value.code or 0), captured.out, captured.err)

    return run
