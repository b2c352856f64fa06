"""Is there an order of these calls in which every answer is right? The search of Wing and Gong.

A history is linearizable when its calls can be put in one order that respects time (a call that was answered
before another was sent comes first) and in which each answer is what the sequential specification gives. As
calls touch many registers at once, this says at the same time that transactions are strictly serializable.

The search tries calls in the order of time and goes back where an answer does not fit. Two remarks keep it
short although the problem is NP-complete:

- A point is told apart by the calls that are done and by the state, so no such pair is visited twice (Lowe).
- A read or a refused call that fits can be taken at once, and nothing else need be tried: in any order that
  takes it later, it may as well be taken now. Half of all calls are such, so many points have one branch. (A
  write that happens to change nothing is another matter: later it might change something.)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.linearizability.registers import Call, State, after, changes_nothing


@dataclass(frozen=True, slots=True)
class Verdict:
    """The order that explains a history; or, when none does, the longest part of one that was found, the
    state that it leaves, and the calls of which none can come next.
    """

    linearizable: bool
    order: Sequence[Call]
    state: State
    stuck: Sequence[Call] = ()

    def __str__(self) -> str:
        if self.linearizable:
            return f"linearizable: {len(self.order)} calls end in {self.state}"
        found = f"not linearizable: {len(self.order)} calls leave {self.state}, then none of these fits:"
        last = map(str, self.order[-5:])
        return "\n  ".join([found, *map(str, self.stuck), "the last that fitted:", *last])


@dataclass(slots=True)
class _Point:
    """A call has been taken to come here; `ways` are the calls that may come next, with what they leave."""

    taken: int
    done: int
    state: State
    ways: Iterator[tuple[int, State]]


class _Search:
    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = sorted(calls, key=lambda call: call.start)
        answered = (1 << at for at, call in enumerate(self.calls) if call.outcome is not None)
        self.answered = sum(answered)
        self.passive = [changes_nothing(call) for call in self.calls]

    def candidates(self, done: int) -> list[int]:
        """The calls that no other call which is still to come was answered before."""
        ends: int | None = None
        found = []
        first = (~done & (done + 1)).bit_length() - 1  # the first that is not done
        for at in range(first, len(self.calls)):
            call = self.calls[at]
            if ends is not None and call.start > ends:
                break
            if done >> at & 1:
                continue
            found.append(at)
            if call.outcome is not None and (ends is None or call.end < ends):
                ends = call.end
        return found

    def ways(self, done: int, state: State) -> list[tuple[int, State]]:
        """The calls that may come next. One that can change nothing is the only way, if there is one."""
        found = []
        for at in self.candidates(done):
            left = after(state, self.calls[at])
            if left is None:
                continue
            if self.passive[at]:
                return [(at, left)]
            found.append((at, left))
        return found

    def run(self, initial: State) -> Verdict:
        path = [_Point(-1, 0, initial, iter(self.ways(0, initial)))]
        seen: set[tuple[int, State]] = set()
        longest: list[_Point] = []
        while path:
            point = path[-1]
            if point.done & self.answered == self.answered:
                return Verdict(True, self._order(path), point.state)
            if len(path) > len(longest):
                longest = path.copy()
            for at, state in point.ways:
                done = point.done | 1 << at
                if (done, state) not in seen:
                    seen.add((done, state))
                    path.append(_Point(at, done, state, iter(self.ways(done, state))))
                    break
            else:
                path.pop()
        end = longest[-1]
        stuck = [self.calls[at] for at in self.candidates(end.done)]
        return Verdict(False, self._order(longest), end.state, stuck)

    def _order(self, path: Sequence[_Point]) -> list[Call]:
        return [self.calls[point.taken] for point in path[1:]]


def linearize(calls: Sequence[Call], initial: State) -> Verdict:
    """Search an order that explains the calls, which start in the state `initial`."""
    return _Search(calls).run(initial)
