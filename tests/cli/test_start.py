"""The command starts light and ends with a clear message."""

import os
import subprocess
import sys

import pytest

from lodestock.cli import app as application
from lodestock.errors import FileFormatError

HEAVY = ("numpy", "scipy", "polars", "pydantic", "yaml", "rich", "altair", "jinja2", "xlsxwriter")


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.parametrize(
    "code",
    [
        "import lodestock",
        "import sys; sys.argv = ['lodestock', '--help']\nfrom lodestock.cli.app import main\n"
        "try: main()\nexcept SystemExit as end: assert end.code == 0",
    ],
    ids=["import", "help"],
)
def test_importing_and_help_load_nothing_heavy(code: str) -> None:
    done = python(f"{code}\nimport sys\nprint('loaded:', sorted(set({HEAVY!r}) & set(sys.modules)))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_blas_threads_are_pinned_before_numpy_loads() -> None:
    code = (
        "import os, sys; sys.argv = ['lodestock', '--version']\nfrom lodestock.cli.app import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    )
    assert python(code, OPENBLAS_NUM_THREADS="8").stdout.splitlines()[-1] == "1 False"


def stop_with(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Run main on a command that raises; return its exit code and what it wrote to stderr."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(application, "app", fail)
    with pytest.raises(SystemExit) as end:
        application.main()
    captured = capsys.readouterr()
    assert captured.out == ""
    return int(str(end.value.code)), captured.err


def test_bad_input_ends_with_2_its_code_and_no_traceback(monkeypatch, capsys):
    error = FileFormatError("not UTF-8", where="a.yaml", hint="save it as UTF-8")
    code, message = stop_with(error, monkeypatch, capsys)
    assert code == 2
    assert message == "error L104: a.yaml: not UTF-8\n  save it as UTF-8\n"


def test_a_file_that_cannot_be_written_ends_with_2_and_names_it(monkeypatch, capsys):
    code, message = stop_with(
        PermissionError(13, "Permission denied", "out/report.html"), monkeypatch, capsys
    )
    assert code == 2
    assert message == "error: out/report.html: Permission denied\n"


def test_a_defect_ends_with_1_and_says_how_to_see_more(monkeypatch, capsys):
    monkeypatch.delenv("LODESTOCK_DEBUG", raising=False)
    code, message = stop_with(KeyError("supply"), monkeypatch, capsys)
    assert code == 1
    assert "KeyError" in message
    assert "LODESTOCK_DEBUG=1" in message
    assert "Traceback" not in message


def test_debug_lets_the_traceback_through(monkeypatch, capsys):
    monkeypatch.setenv("LODESTOCK_DEBUG", "1")

    def fail(**_: object) -> None:
        raise KeyError("supply")

    monkeypatch.setattr(application, "app", fail)
    with pytest.raises(KeyError):
        application.main()
