"""From publications to the snapshot: :func:`build_snapshot` and one module per table group."""

from __future__ import annotations

from pathlib import Path


def build_snapshot(source_dir: Path, target_dir: Path) -> dict[str, int]:
    """Build every table from ``source_dir`` and replace ``target_dir`` when all checks pass.

    Parameters
    ----------
    source_dir : folder with the source tables that the module docstrings name.
    target_dir : folder of the snapshot; replaced as a whole, or left untouched when a check fails.

    Returns
    -------
    rows per table.

    Raises
    ------
    FileFormatError
        A source file is missing.
    DataCheckError
        A check failed; the message holds the table of offenders.
    """
    from lodestock.data.build.assemble import assemble

    return assemble(Path(source_dir), Path(target_dir))


__all__ = ["build_snapshot"]
