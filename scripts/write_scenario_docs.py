"""Write docs/scenario-reference.md and docs/scenario.schema.json from the schema of the scenario file."""

from __future__ import annotations

from pathlib import Path

from lodestock.scenario.reference import write_reference

if __name__ == "__main__":
    for path in write_reference(Path(__file__).resolve().parents[1] / "docs"):
        print(f"wrote docs/{path.name}")
