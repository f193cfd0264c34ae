"""``lodestock doctor``: what is installed, what is missing and what it would give."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib import metadata
from importlib.util import find_spec
from typing import Any

import typer

from lodestock import __version__
from lodestock.cli.output import JsonOption, echo_json

OPTIONAL = {
    "altair": ("altair", "report", "charts of the HTML report"),
    "vl-convert-python": ("vl_convert", "report", "charts drawn without a browser"),
    "clarabel": ("clarabel", "oracles", "a second solver to compare market solutions with"),
    "piqp": ("piqp", "oracles", "a third solver to compare market solutions with"),
    "osqp": ("osqp", "oracles", "a peer in the market benchmark"),
    "casadi": ("casadi", "oracles", "IPOPT, to compare solutions with levies"),
    "distributed": ("distributed", "cluster", "batches of scenarios on a Dask cluster"),
    "python-calamine": ("python_calamine", "test", "reading the workbook back in the tests"),
}
"""Distribution -> (module, extra that brings it, what it gives)."""


def doctor(json: JsonOption = False) -> None:
    """Say what is installed and what is missing.

    Versions, threads, cache, snapshot, and optional parts with what each would give.

    Exit code 1 when something required is missing.
    """
    report = examine()
    if json:
        echo_json(report)
    else:
        typer.echo(_sentences(report))
    if report["problems"]:
        raise typer.Exit(1)


def examine() -> dict[str, Any]:
    """Collect the facts that ``doctor`` prints, as plain values."""
    required = {name: _version(name) for name in _required()}
    problems = [
        f"{name} is missing: pip install {name}" for name, version in required.items() if version is None
    ]
    optional = [
        {
            "name": name,
            "version": _version(name) if find_spec(module) else None,
            "extra": extra,
            "gives": gives,
        }
        for name, (module, extra, gives) in OPTIONAL.items()
    ]
    report: dict[str, Any] = {
        "lodestock": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "encoding": sys.stdout.encoding,
        "required": required,
        "optional": optional,
        "problems": problems,
    }
    if not problems:
        report |= {"threads": _threads(), "cache": _cache(), "snapshot": _snapshot()}
        if any(pool["threads"] > 1 for pool in report["threads"]):
            problems.append("BLAS uses more than one thread: small systems solve up to 100 times slower")
    return report


def _required() -> list[str]:
    """Return the distributions this package always needs, as its own metadata states them."""
    lines = metadata.requires("lodestock") or []
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line]


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _threads() -> list[dict[str, Any]]:
    """Return the BLAS libraries that NumPy loads, with the number of threads each would use."""
    import numpy  # noqa: F401  (loads the BLAS that threadpoolctl then sees)
    from threadpoolctl import threadpool_info

    return [
        {"library": pool["internal_api"], "version": pool["version"], "threads": pool["num_threads"]}
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]


def _cache() -> dict[str, Any]:
    """Return where calibrated worlds are kept, how many there are and their size."""
    from lodestock.world.cache import cache_directory

    directory = cache_directory()
    files = list(directory.rglob("*.npz"))
    return {
        "directory": str(directory),
        "files": len(files),
        "megabytes": round(sum(path.stat().st_size for path in files) / 1e6, 1),
    }


def _snapshot() -> dict[str, Any]:
    """Return hash and vintage (year and month) of the shipped snapshot, and how many tables it has."""
    from lodestock.data.snapshot import manifest, snapshot_hash

    tables = {entry["table"] for entry in manifest()["files"].values() if entry.get("table")}
    return {"hash": snapshot_hash(), "vintage": manifest()["version"], "tables": len(tables)}


def _sentences(report: dict[str, Any]) -> str:
    lines = [
        f"lodestock {report['lodestock']} on Python {report['python']}, {report['platform']}",
        f"cores: {report['cores']}, output encoding: {report['encoding']}",
        "required: "
        + ", ".join(f"{name} {version or 'missing'}" for name, version in report["required"].items()),
    ]
    if "threads" in report:
        lines += [
            f"threads: {pool['library']} {pool['version']} uses {pool['threads']}"
            for pool in report["threads"]
        ]
        cache, snapshot = report["cache"], report["snapshot"]
        lines.append(
            f"cache: {cache['files']} calibrated worlds, {cache['megabytes']} MB in {cache['directory']}"
        )
        lines.append(
            f"snapshot: {snapshot['vintage']}, {snapshot['tables']} tables, hash {snapshot['hash'][:16]}"
        )
    for part in report["optional"]:
        state = part["version"] or f"missing (pip install lodestock[{part['extra']}])"
        lines.append(f"optional: {part['name']} {state}: {part['gives']}")
    lines += [f"problem: {problem}" for problem in report["problems"]] or ["no problems found"]
    return "\n".join(lines)
