"""Several threads at one level: a leader that looks up now and then, and helpers that do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition, Thread

from tcpverify.explicit.native.slots import Outcome

Work = Callable[[int], Outcome]
"""Runs the kernel for one thread block until it comes back."""

PATIENCE = 0.05
"""Seconds that the leader waits for its helpers before it looks up again."""


def run(
    work: Work, members: Sequence[int], keep_going: Callable[[], bool], stop: Callable[[], None]
) -> list[Outcome]:
    """Let the first member lead and the others help until all are back; why each came back.

    Whenever the leader is idle `keep_going` is asked; if it says no, and also when an exception such as
    KeyboardInterrupt comes up, `stop` is called, and all helpers are waited for in any case. Where the
    system gives no more threads, fewer help.
    """
    leader, *rest = members
    crew = _Crew(work)
    try:
        crew.start(rest)
        outcome = work(leader)
        while outcome is Outcome.QUOTA_USED and keep_going():
            outcome = work(leader)
        if outcome is Outcome.QUOTA_USED:
            stop()
        while crew.busy(PATIENCE):
            if not keep_going():
                stop()
    except BaseException:
        stop()
        crew.dismiss()
        raise
    return [outcome, *crew.outcomes]


class _Crew:
    """The helpers. A helper counts itself in before it works, so none can begin once all are dismissed."""

    def __init__(self, work: Work) -> None:
        self.outcomes: list[Outcome] = []
        self._work = work
        self._changed = Condition()
        self._expected = 0
        self._working = 0
        self._dismissed = False

    def start(self, members: Sequence[int]) -> None:
        for member in members:
            with self._changed:
                self._expected += 1
            try:
                Thread(target=self._help, args=(member,)).start()
            except RuntimeError:  # the system gives no more threads
                with self._changed:
                    self._expected -= 1
                return

    def busy(self, seconds: float) -> bool:
        """Wait for the helpers, at most so long; whether some are not back yet."""
        with self._changed:
            return not self._changed.wait_for(lambda: len(self.outcomes) >= self._expected, seconds)

    def dismiss(self) -> None:
        """Wait until none works, however often the user interrupts: the memory is freed after this."""
        self._dismissed = True
        while True:
            try:
                with self._changed:
                    self._changed.wait_for(lambda: self._working == 0)
                return
            except KeyboardInterrupt:
                continue

    def _help(self, member: int) -> None:
        with self._changed:
            if self._dismissed:
                return
            self._working += 1
        outcome = self._work(member)
        with self._changed:
            self._working -= 1
            self.outcomes.append(outcome)
            self._changed.notify_all()
