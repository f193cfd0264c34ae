"""A bar for trainings on a terminal: iteration, bounds, gap, and how near the nearest stopping rule is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lodestock.sddp.policy import Progress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def progress_bar(
    *,
    iterations: int | None = None,
    seconds: float | None = None,
    gap: float | None = None,
    console: Console | None = None,
) -> Iterator[Callable[[Progress], None]]:
    """Yield a callback for ``train(progress=...)`` that moves a bar; nothing shows where output is piped.

    Parameters
    ----------
    iterations, seconds, gap : the stopping rules given to ``train``.
    console : where to draw; standard error when left out.

    Examples
    --------
    >>> from lodestock.sddp import build, linear_graph, progress_bar, train
    >>> def stage(p, t):
    ...     x = p.state("x", upper=9.0, initial=1.0)
    ...     buy = p.variable("buy")
    ...     p.constraint(x.outgoing == x.incoming + buy - 1.0)
    ...     p.minimise(buy)
    >>> model = build(linear_graph(3), stage, bound=0.0)
    >>> with progress_bar(iterations=5) as tell:
    ...     train(model, iterations=5, progress=tell).iterations
    5
    """
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    place = RichConsole(stderr=True) if console is None else console
    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bars(*columns, console=place, transient=True, disable=not place.is_terminal) as bars:
        task = bars.add_task("starting", total=1.0)
        widest: list[float] = []

        def tell(record: Progress) -> None:
            if not widest and math.isfinite(record.gap):
                widest.append(record.gap)
            done = nearness(record, iterations, seconds, gap, widest[0] if widest else math.inf)
            bars.update(task, completed=done, description=sentence(record))

        yield tell


def nearness(
    record: Progress, iterations: int | None, seconds: float | None, gap: float | None, widest: float
) -> float:
    """Return how near the nearest stopping rule is, 0 to 1; a gap counts by the factor it has fallen."""
    shares = [0.0]
    if iterations is not None:
        shares.append(record.iteration / iterations)
    if seconds is not None:
        shares.append(record.seconds / seconds)
    if gap is not None and 0.0 < gap < widest < math.inf:
        shares.append(math.log(widest / max(record.gap, gap)) / math.log(widest / gap))
    return min(1.0, max(shares))


def sentence(record: Progress) -> str:
    """Say where a training stands."""
    bounds = [f"{value:.6g}" for value in (record.lower_bound, record.upper_bound) if math.isfinite(value)]
    gap = f", gap {100.0 * record.gap:.2f} %" if math.isfinite(record.gap) else ""
    return f"iteration {record.iteration}, {' to '.join(bounds)}{gap}"
