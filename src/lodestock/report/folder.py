"""One folder per outcome, written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.errors import ConflictError, LodestockError, UnknownNameError

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome

FORMATS = ("html", "xlsx", "iamc", "parquet")
RECORD = "run.json"
"""File by which a folder is known to hold an outcome, and may be replaced by another."""

WHAT = {
    "outcome.xlsx": "workbook with all tables",
    "iamc/outcome.csv": "results in the IAMC format, with code lists beside it",
    "parquet/datapackage.json": "all tables as Parquet, with units",
    "certificate.json": "residuals and identities of every case",
    "resolved-scenario.yaml": "the scenario with nothing left to look up; runs again as it is",
    RECORD: "versions, data, seed and time",
}


def write_outcome(
    outcome: Outcome,
    directory: Path,
    formats: Sequence[str] = FORMATS,
    *,
    outlines: Path | None = None,
) -> dict[str, Path]:
    """Write an outcome into a folder.

    Everything goes to a temporary folder beside the target first; the target changes by renaming only, so it
    is the old outcome or the new one, never half of one.

    Parameters
    ----------
    directory : the folder; an outcome that stands there is replaced, any other content is refused.
    formats : some of html, xlsx, iamc, parquet; certificate, scenario and run record are always written.
    outlines : a file of country outlines for the maps, instead of the shipped one.

    Returns
    -------
    Path of what was written, by name: html, xlsx, iamc, parquet, certificate, scenario, run.

    Raises
    ------
    UnknownNameError
        A format that does not exist.
    ConflictError
        The folder holds something that is not an outcome.
    MissingExtraError
        The page is asked for and what draws its charts is not installed.
    LodestockError
        The folder cannot be written.
    """
    for name in formats:
        if name not in FORMATS:
            raise UnknownNameError("format", name, FORMATS)
    if "html" in formats:
        from lodestock.report.svg import check_for_missing_parts

        check_for_missing_parts()
    target = Path(directory).absolute()
    check_for_other_content(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise LodestockError(f"the folder cannot be written ({error.strerror})", where=str(target)) from error
    try:
        draft.chmod(0o755)
        written = _write(outcome, draft, tuple(formats), outlines)
        _swap(draft, target)
    except OSError as error:
        raise LodestockError(f"the folder cannot be written ({error.strerror})", where=str(target)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return {name: target / path for name, path in written.items()}


def check_for_other_content(target: Path) -> None:
    """Refuse a target that is a file, or a folder with content other than an outcome."""
    if target.is_dir():
        if any(target.iterdir()) and not (target / RECORD).is_file():
            raise ConflictError(
                "the folder holds something that is not an outcome",
                where=str(target),
                hint="choose another folder with --out, or empty this one",
            )
    elif target.exists():
        raise ConflictError("a file stands where the folder should be", where=str(target))


def _write(outcome: Outcome, draft: Path, formats: tuple[str, ...], outlines: Path | None) -> dict[str, str]:
    from lodestock.scenario.writer import to_yaml

    written = {"certificate": "certificate.json", "scenario": "resolved-scenario.yaml", "run": RECORD}
    _write_json(draft / written["certificate"], certificates(outcome))
    (draft / written["scenario"]).write_text(to_yaml(outcome.resolved), encoding="utf-8")
    if "xlsx" in formats:
        from lodestock.report.excel import write_workbook

        written["xlsx"] = write_workbook(outcome, draft / "outcome.xlsx").name
    if "iamc" in formats:
        from lodestock.report.iamc import write_iamc

        written["iamc"] = write_iamc(outcome, draft / "iamc").relative_to(draft).as_posix()
    if "parquet" in formats:
        from lodestock.report.parquet import write_parquet

        written["parquet"] = write_parquet(outcome, draft / "parquet").relative_to(draft).as_posix()
    if "html" in formats:
        written["html"] = _write_report(outcome, draft, outlines)
    _write_json(draft / RECORD, {"name": outcome.name, "title": outcome.title, **outcome.run})
    return written


def _write_report(outcome: Outcome, draft: Path, outlines: Path | None) -> str:
    from lodestock.report.html import report_page
    from lodestock.report.outlines import read_outlines, shipped_outlines

    areas = read_outlines(outlines) if outlines is not None else shipped_outlines()
    files = [(name, what) for name, what in WHAT.items() if (draft / name).exists() or name == RECORD]
    page = report_page(outcome, areas, files)
    (draft / "report.html").write_text(page.html, encoding="utf-8")
    figures = draft / "figures"
    figures.mkdir()
    for key, drawn in page.figures.items():
        (figures / f"{key}.svg").write_text(drawn.svg, encoding="utf-8")
        (figures / f"{key}.csv").write_text(drawn.csv, encoding="utf-8")
        (figures / f"{key}.vl.json").write_text(drawn.specification, encoding="utf-8")
    return "report.html"


def certificates(outcome: Outcome) -> dict[str, Any]:
    """Return status, reason, idle measures, certificate and solver steps of every case."""
    return {
        name: {
            "status": case.status,
            "reason": case.reason,
            "idle": list(case.idle),
            "certificate": dict(case.certificate),
            "steps": list(case.steps),
        }
        for name, case in outcome.cases.items()
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False, default=_plain)
    path.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """Return numpy scalars and dates as JSON knows them."""
    return value.item() if hasattr(value, "item") else str(value)


def _swap(draft: Path, target: Path) -> None:
    """Put ``draft`` in the place of ``target`` by renaming; the old folder is removed last."""
    if not target.exists():
        draft.replace(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.replace(old / "outcome")
    try:
        draft.replace(target)
    except OSError:
        (old / "outcome").replace(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)
