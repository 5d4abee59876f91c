"""State tables: the one way in which any matter moves. A flow is written as a table and read in one
look; this module checks that the table makes sense and answers questions about it. Moving a case
is casework's business.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CLAIMANT: Final = "claimant"
"""By the person concerned: the owner of the case."""
SYSTEM: Final = "system"
"""By the clock or as a consequence of another step; never by a person."""

TONES: Final = ("plain", "returned", "ended")


@dataclass(frozen=True)
class Right:
    """By anyone whose post holds this right where the case lies."""

    name: str


def right(name: str) -> Right:
    """Name a right (``feature.verb``) in a flow table."""
    return Right(name)


By = str | Right
Guard = Callable[[Any], None]
"""Takes casework's ``Move`` and raises a Refusal, or lets it pass."""
Effect = Callable[[Any], None]
"""Takes casework's ``Move`` and writes what follows from it, in the same transaction."""


@dataclass(frozen=True)
class T:
    """One transition.

    ``label`` is the verb on the button; ``told`` is how the step reads afterwards behind the name
    of who made it (the label when empty). ``needs`` are guards, ``then`` effects. ``not_same_as``
    names verbs whose actors may not do this one; ``same_as`` the verb whose last actor alone may.
    ``many`` allows it in batches. ``side`` marks a way out that is not what the case waits for.
    ``reason`` asks for a written reason. ``owner_too`` lets the person concerned act on his own
    case although he holds the right (never for a judgement). ``on_time`` makes the clock perform it
    once the state's deadline has passed. ``plain`` says that nothing but a reason is asked, so that
    the page which all cases share offers it; ``follows`` are the sentences shown before it binds.
    """

    verb: str
    source: str
    target: str
    by: By
    label: str
    needs: tuple[Guard, ...] = ()
    then: tuple[Effect, ...] = ()
    not_same_as: tuple[str, ...] = ()
    same_as: str = ""
    many: bool = False
    side: bool = False
    reason: bool = False
    owner_too: bool = False
    on_time: bool = False
    plain: bool = False
    follows: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class State:
    """One state: its name for people, its place in the line of steps, how it is spoken of.

    ``step`` is the index into ``Flow.line`` at which a case in this state stands; ``tone`` is
    ``plain``, ``returned`` or ``ended``. ``deadline`` tells from casework's Move by when the next
    step is due (None: no limit).
    """

    label: str
    step: int
    tone: str = "plain"
    deadline: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Flow:
    """A named state table.

    ``starts`` maps each opening verb to the state it leads to, ``start_labels`` to what people call
    it. ``known_by`` are the rights whose holders meet the person concerned by full name where the
    case lies; all others, those who judge among them, read the family name alone. ``names_owner``
    is false where nobody else may learn even that. ``parties`` takes a
    person's number and their kin's, and returns the condition on cases that are about one of them
    although none of them owns the case: whoever is a party never judges it.
    """

    name: str
    label: str
    mark: str
    """The letters before a case's number: RL-2026-15."""
    starts: Mapping[str, str]
    start_labels: Mapping[str, str]
    line: tuple[str, ...]
    states: Mapping[str, State]
    transitions: tuple[T, ...]
    known_by: tuple[str, ...] = ()
    names_owner: bool = True
    parties: Callable[[int, set[int]], Any] | None = None
    _pairs: dict[tuple[str, str], T] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if set(self.starts) != set(self.start_labels):
            raise ValueError(f"{self.name}: each opening verb needs its label")
        if self.known_by and not self.names_owner:
            raise ValueError(f"{self.name}: known to some, although nobody may learn whose it is")
        for t in self.transitions:
            if t.source not in self.states or t.target not in self.states:
                raise ValueError(f"{self.name}: {t.verb} joins states that are not in the table")
            if (t.source, t.verb) in self._pairs:
                raise ValueError(f"{self.name}: {t.verb} leaves {t.source} twice")
            if isinstance(t.by, str) and t.by not in (CLAIMANT, SYSTEM):
                raise ValueError(f"{self.name}: {t.verb} is by nobody known: {t.by}")
            self._pairs[t.source, t.verb] = t
        self._check_reach()
        self._check_states()
        self._check_clock()
        self._check_verbs()

    def _check_states(self) -> None:
        for name, state in self.states.items():
            if not 0 <= state.step < len(self.line) or state.tone not in TONES:
                raise ValueError(f"{self.name}: {name} stands nowhere on the line or has no tone")

    def _check_clock(self) -> None:
        kept = [t for t in self.transitions if t.on_time]
        for t in kept:
            if t.by != SYSTEM:
                raise ValueError(f"{self.name}: only the clock keeps {t.verb} on time")
            if self.states[t.source].deadline is None:
                raise ValueError(f"{self.name}: {t.source} has no deadline for {t.verb} to keep")
        if len({t.source for t in kept}) != len(kept):
            raise ValueError(f"{self.name}: the clock would leave one state by two ways")
        if any(t.plain for t in self.transitions if t.by == SYSTEM):
            raise ValueError(f"{self.name}: what the clock does has no button")

    def _check_verbs(self) -> None:
        verbs = {t.verb for t in self.transitions} | set(self.starts)
        for t in self.transitions:
            unknown = {*t.not_same_as, *filter(None, [t.same_as])} - verbs
            if unknown:
                raise ValueError(f"{self.name}: {t.verb} refers to unknown verbs {unknown}")
            if t.same_as and not t.side:
                raise ValueError(f"{self.name}: a case never waits for one person to take it back")

    def _check_reach(self) -> None:
        reached, before = set(self.starts.values()), 0
        while len(reached) != before:
            before = len(reached)
            reached |= {t.target for t in self.transitions if t.source in reached}
        if lost := set(self.states) ^ reached:
            raise ValueError(f"{self.name}: states never reached or not described: {lost}")

    def find(self, state: str, verb: str) -> T | None:
        """Return the transition for (state, verb), or None."""
        return self._pairs.get((state, verb))

    def label_of(self, source: str, verb: str) -> str:
        """Return how a step is told that was made from ``source``, or from nothing: the opening."""
        if not source:
            return self.start_labels[verb]
        if made := self._pairs.get((source, verb)):
            return made.told or made.label
        # Old steps outlive their tables: then any way of that name, then the bare verb.
        return next((t.told or t.label for t in self.transitions if t.verb == verb), verb)

    def leaving(self, state: str) -> Iterable[T]:
        """Yield the transitions out of ``state`` in the table's order."""
        return (t for t in self.transitions if t.source == state)

    def is_final(self, state: str) -> bool:
        """Whether nothing can happen to a case in ``state`` any more."""
        return not any(True for _ in self.leaving(state))
