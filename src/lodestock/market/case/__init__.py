"""A market as a JSON document: read, checked, solved, written, described by a schema."""

from lodestock.market.case.document import Case, case_from, case_text, parse_case, read_case, write_case
from lodestock.market.case.explicit import document_of
from lodestock.market.case.result import result_of
from lodestock.market.case.schema import json_schema
from lodestock.market.case.solve import solve_case, solve_case_rolling

__all__ = [
    "Case",
    "case_from",
    "case_text",
    "document_of",
    "json_schema",
    "parse_case",
    "read_case",
    "result_of",
    "solve_case",
    "solve_case_rolling",
    "write_case",
]
