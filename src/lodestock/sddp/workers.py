"""Passes by several processes side by side.

Every process holds the same cuts. In a round each walks its own path, seeded by iteration and place, makes
its cuts and hands them to the others; they are taken over in the order of the processes, so that the result
depends on their number and not on their speed. A process is `main` run by a fresh interpreter that reads
pickled messages of this package from its standard input: it works in scripts without a main guard.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Any

import numpy as np

from lodestock.errors import ConflictError, LodestockError, NotSolvedError
from lodestock.sddp.arrays import Float
from lodestock.sddp.blocks import Blocks
from lodestock.sddp.engine import Addition, Engine, Trial
from lodestock.sddp.inner import Inner, Plan
from lodestock.sddp.plans import Planner, plan_sweep
from lodestock.sddp.policy import Policy, restore
from lodestock.sddp.units import make_units

LONGEST_PATH = 1000
"""Nodes a forward pass may visit on a cyclic graph."""


def one_pass(engine: Engine, seed: int, number: int, place: int) -> None:
    """Walk one path forward and refine it backward; under risk every second path goes where it is feared."""
    rng = np.random.default_rng([seed, number, place])
    feared = engine.averse and (number + place) % 2 == 0
    for step in reversed(engine.forward(rng, LONGEST_PATH, feared=feared)):
        engine.refine(Trial(step.unit, step.context, step.outgoing))


@dataclass(frozen=True)
class _Failure:
    """An error of a worker in a form that survives pickling."""

    kind: type[Exception]
    problem: str
    where: str = ""
    allowed: str = ""
    hint: str = ""

    def again(self) -> Exception:
        """Return the error to raise."""
        if issubclass(self.kind, LodestockError) and self.kind.__init__ is LodestockError.__init__:
            return self.kind(self.problem, where=self.where, allowed=self.allowed, hint=self.hint)
        return NotSolvedError(self.problem, where="worker")


class Crew:
    """The processes that help an engine; none with one worker."""

    def __init__(self, seed: int, workers: int) -> None:
        self.seed = seed
        self.count = workers - 1
        self.helpers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in self.helpers:
            helper.kill()
            helper.wait()
            for pipe in (helper.stdin, helper.stdout):
                if pipe is not None:
                    pipe.close()

    def begin(self, state: Policy) -> None:
        """Give every helper the cuts of a policy; start the helpers when they are not there yet."""
        if self.count and not self.helpers:
            command = [sys.executable, "-c", "from lodestock.sddp.workers import main; main()"]
            self.helpers = [
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ))
                for _ in range(self.count)
            ]
        for helper in self.helpers:
            self._send(helper, ("begin", replace(state, points=None)))

    def work(self, engine: Engine, number: int) -> None:
        """Do one round: a pass here and one in every helper, and exchange what they added."""
        for place, helper in enumerate(self.helpers, 1):
            self._send(helper, ("walk", self.seed, number, place))
        engine.journal.clear()
        one_pass(engine, self.seed, number, 0)
        added = [list(engine.journal), *(self._receive(helper) for helper in self.helpers)]
        for place, helper in enumerate(self.helpers, 1):
            self._send(helper, ("take", [a for at, part in enumerate(added) if at != place for a in part]))
        for part in added[1:]:
            engine.take(part)

    def sweep(
        self, engine: Engine, rng: np.random.Generator, effort: tuple[int, int], deadline: float | None
    ) -> None:
        """Make plans for every unit, their centres spread over the processes."""
        assert engine.inner is not None
        planner = Planner(engine)
        self._tell(("sweep", engine.inner[0].blocks, [(inner.slope, inner.worst) for inner in engine.inner]))

        def make(
            group: Sequence[int], found: Sequence[Float], candidates: Float, rounds: int
        ) -> list[list[Plan] | None]:
            every = 1 + len(self.helpers)
            for place, helper in enumerate(self.helpers, 1):
                self._send(helper, ("plans", group, found[place::every], candidates, rounds))
            made: list[list[Plan] | None] = [None] * len(found)
            made[::every] = [planner.plans(group, x, candidates, rounds) for x in found[::every]]
            for place, helper in enumerate(self.helpers, 1):
                made[place::every] = self._receive(helper)
            return made

        def share(plans: dict[int, list[Plan]]) -> None:
            planner.use(plans)
            self._tell(("use", plans))

        def enough() -> bool:
            return deadline is not None and time.perf_counter() > deadline

        plan_sweep(engine, rng, effort, LONGEST_PATH, make, share, enough)
        self._tell(("swept",))

    def _tell(self, message: tuple[Any, ...]) -> None:
        for helper in self.helpers:
            self._send(helper, message)

    def _send(self, helper: subprocess.Popen[bytes], message: tuple[Any, ...]) -> None:
        assert helper.stdin is not None
        try:
            content = pickle.dumps(message)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            problem = f"the model cannot be sent to another process: {error}"
            raise ConflictError(
                problem, where="workers", allowed="workers=1, or values of a module's classes"
            ) from None
        try:
            helper.stdin.write(content)
            helper.stdin.flush()
        except BrokenPipeError:
            raise NotSolvedError("a helper process ended", where="workers") from None

    def _receive(self, helper: subprocess.Popen[bytes]) -> Any:
        assert helper.stdout is not None
        try:
            answer = pickle.load(helper.stdout)
        except EOFError:
            raise NotSolvedError("a helper process ended", where="workers") from None
        if isinstance(answer, _Failure):
            raise answer.again()
        return answer


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer messages until the source ends."""
    helper = _Helper()
    while True:
        try:
            message = pickle.load(source)
        except EOFError:
            return
        try:
            answer = getattr(helper, message[0])(*message[1:])
        except LodestockError as error:
            answer = _Failure(type(error), error.problem, error.where, error.allowed, error.hint)
        if answer is not None:
            pickle.dump(answer, target)
            target.flush()


class _Helper:
    """What a process does for each kind of message; what it returns is sent back."""

    engine: Engine
    planner: Planner

    def begin(self, state: Policy) -> None:
        self.engine = restore(make_units(state.model, state.risk, state.root_risk), state)

    def walk(self, seed: int, number: int, place: int) -> list[Addition]:
        self.engine.journal.clear()
        one_pass(self.engine, seed, number, place)
        return list(self.engine.journal)

    def take(self, additions: list[Addition]) -> None:
        self.engine.take(additions)

    def sweep(self, blocks: Blocks, limits: list[tuple[Float, float]]) -> None:
        units = self.engine.units.units
        self.engine.inner = [
            Inner(unit, slope, worst, blocks) for unit, (slope, worst) in zip(units, limits, strict=True)
        ]
        self.planner = Planner(self.engine)

    def plans(
        self, group: Sequence[int], found: Sequence[Float], candidates: Float, rounds: int
    ) -> list[list[Plan] | None]:
        return [self.planner.plans(group, centre, candidates, rounds) for centre in found]

    def use(self, plans: dict[int, list[Plan]]) -> None:
        self.planner.use(plans)

    def swept(self) -> None:
        self.engine.inner = None
        del self.planner


def main() -> None:
    """Serve on standard input and output; anything printed goes to standard error."""
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, target)
