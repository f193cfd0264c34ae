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
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Any

import numpy as np

from lodestock.errors import ConflictError, LodestockError, NotSolvedError
from lodestock.sddp.engine import Addition, Engine, Trial
from lodestock.sddp.policy import Policy, restore
from lodestock.sddp.units import make_units

LONGEST_PATH = 1000
"""Nodes a forward pass may visit on a cyclic graph."""


def one_pass(engine: Engine, seed: int, number: int, place: int) -> None:
    """Walk one path forward and refine it backward."""
    rng = np.random.default_rng([seed, number, place])
    for step in reversed(engine.forward(rng, LONGEST_PATH)):
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
            self._send(helper, ("pass", self.seed, number, place))
        engine.journal.clear()
        one_pass(engine, self.seed, number, 0)
        added = [list(engine.journal), *(self._receive(helper) for helper in self.helpers)]
        for place, helper in enumerate(self.helpers, 1):
            self._send(helper, ("take", [a for at, part in enumerate(added) if at != place for a in part]))
        for part in added[1:]:
            engine.take(part)

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

    def _receive(self, helper: subprocess.Popen[bytes]) -> list[Addition]:
        assert helper.stdout is not None
        try:
            answer = pickle.load(helper.stdout)
        except EOFError:
            raise NotSolvedError("a helper process ended", where="workers") from None
        if isinstance(answer, _Failure):
            raise answer.again()
        additions: list[Addition] = answer
        return additions


def serve(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer messages until the source ends."""
    engine: Engine | None = None
    while True:
        try:
            message = pickle.load(source)
        except EOFError:
            return
        if message[0] == "begin":
            state: Policy = message[1]
            engine = restore(make_units(state.model, state.risk, state.root_risk), state)
        elif message[0] == "take" and engine is not None:
            engine.take(message[1])
        elif engine is not None:
            engine.journal.clear()
            answer: list[Addition] | _Failure
            try:
                one_pass(engine, *message[1:])
                answer = list(engine.journal)
            except LodestockError as error:
                answer = _Failure(type(error), error.problem, error.where, error.allowed, error.hint)
            pickle.dump(answer, target)
            target.flush()


def main() -> None:
    """Serve on standard input and output; anything printed goes to standard error."""
    target = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, target)
