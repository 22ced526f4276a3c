"""Votes: one open question, its ballots, and what they come to.

Two kinds share one ballot box. A vote *by options* asks a question with two options or more (``#startvote``).
A *motion* is put to the plus/minus vote: ``+1`` for, ``-1`` against, ``+0`` abstaining (``#motion``).

Rules of this file:

1. A ballot belongs to a person, never to a nick. A person is an opaque key that the caller chooses and never
   gives to somebody else; a name is only what is shown.
2. Only a person's last ballot counts, through renames and also when two keys turn out to be one person.
3. A secret ballot counts in the totals and its voter's name is never shown. No open ballot hangs on one: else
   a log that names no secret voter would not come to the same.
4. Nothing here knows a clock: times come in and are aware and in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.text import fold_nick, split
from plugins.meetings.items import Noted
from plugins.meetings.minutes import Choice, Vote

FOR, AGAINST, ABSTAIN = "+1", "-1", "+0"
MOTION_OPTIONS = (FOR, AGAINST, ABSTAIN)

MAX_QUESTION_LENGTH = 300
MAX_OPTIONS = 20
MAX_OPTION_LENGTH = 60
"""Bounds of ``#startvote``: what is said back still fits a few lines of IRC."""

DEFAULT_OPTIONS = ("Yes", "No")

_WORDS = {
    FOR: ("+1", "1", "yes", "y", "yea", "yeah", "yep", "aye", "for", "in favour", "in favor"),
    AGAINST: ("-1", "no", "n", "nay", "nope", "against"),
    ABSTAIN: ("+0", "-0", "0", "abstain", "abstained", "abstaining", "abstention"),
}
_BALLOT_OF = {word: ballot for ballot, words in _WORDS.items() for word in words}

_MINUS = str.maketrans("\N{MINUS SIGN}\N{EN DASH}", "--")  # what telephones make of a typed minus
_SIGNED = re.compile(r"\s*([+-][01])[.,;:!]*(?:\s|$)")
_ZERO = re.compile(r"\s*0[.,;:!]*\s*$")
_QUESTION = re.compile(r"(.*[?？؟])(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """What ``#startvote`` asks."""

    text: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """What became of a ballot: the ``option`` it went to, or ``None`` and the ``text`` that says why not."""

    option: str | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Ballot:
    """A person's last ballot, open or secret. ``sequence`` orders all ballots of a poll; ``line`` is the
    number of the line by which it was cast.
    """

    sequence: int
    name: str
    option: str
    line: int = 0


class Poll:
    """An open vote: made by :meth:`options` or :meth:`motion`, closed by :meth:`close`."""

    def __init__(
        self,
        question: str,
        choices: Sequence[str],
        started: datetime,
        line: int,
        *,
        is_motion: bool,
        voters: Iterable[str] | None = None,
        required: int = 0,
    ) -> None:
        self.question = question
        self.choices = tuple(choices)
        self.started = started
        self.line = line
        self.is_motion = is_motion
        self.required = max(0, required)
        self.prefix = "#"
        """What the words begin with that complaints name."""
        self.word = "motion" if is_motion else "startvote"
        """The word that opened it."""
        self.lines: dict[int, str | None] = {}
        """The lines of ``#vote``, and what became of each: an option, or ``None``."""
        self.secret_lines: dict[int, str | None] = {}
        """Likewise the notes of secret ballots, by their number among all of the meeting."""
        self.items: list[tuple[Noted, Vote]] = []
        """What it came to: more than one where a meeting that had ended was taken up again."""
        self.echoes: list[int] = []
        """What Muster said of it."""
        self.left = ""
        """What a redaction left of the question."""
        self.ids: set[str] = set()
        """The ids of the messages that opened it: reactions to these are ballots."""
        self.reactions: dict[str, dict[str, tuple[str, int]]] = {}
        """For each of those messages what each person's reactions say now, and the line that said so."""
        self.reaction_lines: dict[int, str | None] = {}
        """The lines of reactions, and what each of them says: an option, or ``None``."""
        self.shown_as: Callable[[str, str], str] = _as_cast
        """How a person, by their key, is shown who voted under a name."""
        self._strangers: dict[str, str] = {}  # how a voter whom nobody knows yet is called -> their key
        self._stranger_count = 0
        self._open: dict[str, _Ballot] = {}  # the last ballots, by person
        self._secret: dict[str, _Ballot] = {}  # likewise; counted where that person's open one is not
        self._totals: dict[str, int] = {}  # secret ballots of which only the number is known
        self._sequence = 0
        self._became: dict[str, str] = {}  # a person's key -> the key that it turned out to be
        self._voters: dict[str, str] | None = None  # folded -> as written
        self._places: set[str] = set()  # folded names of voters under which somebody has voted openly
        self._admitted: set[str] = set()  # persons who may vote, or who hold one of those places
        self._secret_places: dict[str, str] = {}  # likewise in secret -> the person, as their key was then
        self.set_voters(voters)

    @classmethod
    def options(
        cls,
        question: str,
        options: Sequence[str],
        started: datetime,
        line: int,
        voters: Iterable[str] | None = None,
    ) -> Poll:
        """A vote by options, opened by the line of that number; ``voters`` as in :meth:`set_voters`."""
        return cls(question, options, started, line, is_motion=False, voters=voters)

    @classmethod
    def motion(
        cls,
        text: str,
        started: datetime,
        line: int,
        voters: Iterable[str] | None = None,
        required: int = 0,
    ) -> Poll:
        """A motion. ``required``: how many must vote for it (:meth:`require`)."""
        return cls(text, MOTION_OPTIONS, started, line, is_motion=True, voters=voters, required=required)

    @property
    def voters(self) -> tuple[str, ...] | None:
        """The named voters, as they were written; ``None`` where nobody was named and everyone may vote."""
        return None if self._voters is None else tuple(self._voters.values())

    def set_voters(self, names: Iterable[str] | None, people: Iterable[str] = ()) -> None:
        """Say who may vote: the persons of these keys, and whoever has these names; ``None`` means everyone.

        A key is the safer: anybody can take the name of somebody who is not there. So the first person who
        votes under a name holds that voter's place, also when they rename, and nobody else gets it; an open
        ballot takes it before a secret one. Ballots that others have cast already count no more, until they
        may vote again.
        """
        people = {self.person(key) for key in people}
        restricted = names is not None or bool(people)
        self._voters = {fold_nick(name): name for name in names or ()} if restricted else None
        self._admitted = people
        self._places, self._secret_places = set(), {}
        for ballots in (self._open, self._secret):
            for voter, ballot in _in_order(ballots):
                self._admit(voter, ballot.name, secret=ballots is self._secret)

    def require(self, number: int) -> None:
        """Say how many votes for it a motion needs; 0 (or less) means that a majority is enough."""
        self.required = max(0, number)

    def cast(self, voter: str, name: str, word: str, *, line: int = 0, secret: bool = False) -> Cast:
        """Take the ballot ``word`` of the person ``voter``, shown as ``name``.

        An option is found in any case and by a prefix that fits no other; a motion takes ``+1 -1 +0``,
        also with a comment behind, and the words of :func:`word_ballot`. ``line`` is the number of the line
        that says it: where that line's ballot counts already, this one takes its place.
        """
        voter = self.person(voter)
        if not self._has_place(voter, name, secret=secret):
            return Cast(None, f"{name}: {self._refusal(name, secret=secret)}")
        option, complaint = self._find(word)
        if option is None:
            return Cast(None, f"{name}: {complaint}")
        self._admit(voter, name, secret=secret)
        before = self._open.pop(voter, None)
        self._secret.pop(voter, None)
        self._sequence += 1
        is_same = line and before is not None and before.line == line
        sequence = before.sequence if before is not None and is_same else self._sequence
        (self._secret if secret else self._open)[voter] = _Ballot(sequence, name, option, line)
        return Cast(option)

    def line_of(self, voter: str) -> int:
        """The number of the line by which a person voted openly; 0 where there is none."""
        ballot = self._open.get(self.person(voter))
        return 0 if ballot is None else ballot.line

    def withdraw(self, voter: str, line: int) -> bool:
        """Take back the open ballot that a person cast by that line; whether it was the one that counts."""
        voter = self.person(voter)
        ballot = self._open.get(voter)
        if ballot is None or ballot.line != line:
            return False
        del self._open[voter]
        return True

    def rename(self, voter: str, name: str) -> None:
        """Show the person ``voter`` as ``name`` from now on."""
        voter = self.person(voter)
        for ballots in (self._open, self._secret):
            if (ballot := ballots.get(voter)) is not None:
                ballots[voter] = replace(ballot, name=name)

    @property
    def has_strangers(self) -> bool:
        """Whether anybody has a key from :meth:`stranger` and was not :meth:`met` yet."""
        return bool(self._strangers)

    def stranger(self, name: str) -> str:
        """A key for a voter ``name`` whom the caller does not know yet: the same until they are met."""
        key = self._strangers.get(name)
        if key is None:
            self._stranger_count += 1
            key = self._strangers[name] = f"stranger {self._stranger_count}"
        return key

    def met(self, name: str, voter: str) -> None:
        """The stranger called ``name``, if there is one, proves to be the person ``voter``."""
        key = self._strangers.pop(name, None)
        if key is not None:
            self.merge(key, voter)

    def merge(self, old_voter: str, new_voter: str) -> None:
        """Two keys are one person, and either means that person from now on. The later ballot counts, but an
        open one before a secret one (which a log that names no secret voter could not take back).
        """
        old, new = self.person(old_voter), self.person(new_voter)
        if old == new:
            return
        self._became[old] = new
        for told in self.reactions.values():
            if old in told:
                said = told.pop(old)
                told[new] = max(told.get(new, said), said, key=lambda row: row[1])
        for ballots in (self._open, self._secret):
            found = [ballots.pop(key) for key in (old, new) if key in ballots]
            if found:
                ballots[new] = max(found, key=lambda ballot: ballot.sequence)
        if old in self._admitted:
            self._admitted.add(new)

    def add_secret_totals(self, option: str, count: int) -> None:
        """Count ``count`` more secret ballots for ``option``, whose voters a written log does not name.

        What is no option of this poll, or no positive number, is left alone.
        """
        if option in self.choices and count > 0:
            self._totals[option] = self._totals.get(option, 0) + count

    def redact(self, left: str) -> dict[str, str]:
        """Forget the question, of which ``left`` stays, and the options; what each of these is called now.

        The usual answers (yes, no, abstain) tell nothing and stay as they are. Every ballot still counts.
        """
        self.left = left
        self.question = " ".join(left.split()) if self.is_motion else f"{' '.join(left.split())}?"
        named = {
            option: f"option {number}"
            for number, option in enumerate(self.choices, 1)
            if not self.is_motion and word_ballot(option) is None
        }
        self.choices = tuple(named.get(option, option) for option in self.choices)
        for ballots in (self._open, self._secret):
            for voter, ballot in ballots.items():
                ballots[voter] = replace(ballot, option=named.get(ballot.option, ballot.option))
        self._totals = {named.get(option, option): count for option, count in self._totals.items()}
        for told in self.reactions.values():
            told.update((who, (named.get(option, option), line)) for who, (option, line) in told.items())
        return named

    def voted_openly(self, voter: str) -> bool:
        """Whether this person's ballot is one that everybody saw."""
        return self.person(voter) in self._open

    def counted(self) -> tuple[Choice, ...]:
        """Each option in turn with its ballots so far, and its voters in the order in which they voted."""
        named: dict[str, list[str]] = {option: [] for option in self.choices}
        secret = {option: self._totals.get(option, 0) for option in self.choices}
        heard = {voter for voter in self._open if self._voters is None or voter in self._admitted}
        for voter, ballot in _in_order(self._open):
            if voter in heard:
                named[ballot.option].append(self.shown_as(voter, ballot.name))
        admitted = self._admitted | self._secretly_admitted()
        for voter, ballot in self._secret.items():
            if voter not in heard and (self._voters is None or voter in admitted):
                secret[ballot.option] += 1
        return tuple(Choice(option, tuple(named[option]), secret[option]) for option in self.choices)

    def close(self, now: datetime) -> Vote:
        """What the vote came to, as of ``now``."""
        choices = self.counted()
        return Vote(
            question=self.question,
            motion=self.is_motion,
            choices=choices,
            outcome=_outcome(choices, self.required) if self.is_motion else "",
            started=self.started,
            ended=now,
            line=self.line,
            required=self.required,
        )

    def show(self) -> list[str]:
        """The ballots so far, one line for each option that has some: ``Yes (2): bob, carol``."""
        return show_choices(self.counted())

    def person(self, voter: str) -> str:
        """The key by which a person goes now."""
        while (known_as := self._became.get(voter)) is not None:
            voter = known_as
        return voter

    def _secretly_admitted(self) -> set[str]:
        """Who holds a place by a secret ballot that nobody holds by an open one."""
        places = self._secret_places.items()
        return {self.person(voter) for place, voter in places if place not in self._places}

    def _has_place(self, voter: str, name: str, *, secret: bool) -> bool:
        """Whether the person may vote: they are admitted, or the place of their name is free."""
        if self._voters is None or voter in self._admitted:
            return True
        if secret and voter in self._secretly_admitted():
            return True
        folded = fold_nick(name)
        return folded in self._voters and not self._is_taken(folded, secret=secret)

    def _is_taken(self, folded: str, *, secret: bool) -> bool:
        return folded in self._places or (secret and folded in self._secret_places)

    def _admit(self, voter: str, name: str, *, secret: bool) -> None:
        """Somebody who may vote does so, and takes the place of their name."""
        if self._voters is None or voter in self._admitted or not self._has_place(voter, name, secret=secret):
            return
        if not secret:
            self._places.add(fold_nick(name))
            self._admitted.add(voter)
        elif voter not in self._secretly_admitted():
            self._secret_places[fold_nick(name)] = voter

    def _refusal(self, name: str, *, secret: bool) -> str:
        if self._is_taken(fold_nick(name), secret=secret):
            return (
                f"somebody else has voted as {name} already. A chair can name the voters again with "
                f"{self.prefix}voters."
            )
        word = f"{self.prefix}voters"
        return f"you are not among the voters of this vote. A chair can name the voters with {word}."

    def _find(self, word: str) -> tuple[str | None, str]:
        """The option that ``word`` means, or ``None`` and a complaint."""
        typed = " ".join(word.split())
        valid = f"Valid options are {', '.join(self.choices)}."
        if not typed:
            return None, f"say which option, as in {self.prefix}vote {self.choices[0]}. {valid}"
        if self.is_motion:
            found = bare_ballot(typed) or word_ballot(typed)
            return found, f"{_short(typed)} is not a valid option. {valid}"
        for wanted in filter(None, (typed.casefold(), typed.rstrip(" .,;!").casefold())):
            exact = [option for option in self.choices if option.casefold() == wanted]
            fitting = exact or [option for option in self.choices if option.casefold().startswith(wanted)]
            if len(fitting) == 1:
                return fitting[0], ""
            if fitting:
                return None, f"{_short(typed)} could be {' or '.join(fitting)}. Say more of it."
        return None, f"{_short(typed)} is not a valid option. {valid}"


def _as_cast(_voter: str, name: str) -> str:
    return name


def _in_order(ballots: Mapping[str, _Ballot]) -> list[tuple[str, _Ballot]]:
    return sorted(ballots.items(), key=lambda row: row[1].sequence)


def parse_startvote(rest: str, prefix: str = "#") -> Question | str:
    """What ``#startvote Q? A, B C`` asks, or a text that says what is wrong with it.

    The question ends at the last question mark that a blank or the end follows. Options are split at
    commas if there is one, else at blanks; none given means ``Yes`` and ``No``. A ``.`` at the end is no part
    of an option, and options that differ only in case are one.
    """
    match = _QUESTION.fullmatch(rest.strip())
    if match is None or not match[1].strip(" ?？؟"):
        return f"A vote starts with a question: {prefix}startvote Shall we ship on Friday? Yes, No, Later"
    question = " ".join(match[1].split())
    if len(question) > MAX_QUESTION_LENGTH:
        return f"A question has {MAX_QUESTION_LENGTH} characters at most, and this has {len(question)}."
    listed = match[2] or ""
    typed = listed.split(",") if "," in listed else listed.split()
    options: dict[str, str] = {}
    for option in (" ".join(part.split()).rstrip(" .") for part in typed):
        if option:
            options.setdefault(option.casefold(), option)
    if not options:
        return Question(question, DEFAULT_OPTIONS)
    if len(options) == 1:
        return f"A vote needs two options or more: {prefix}startvote Shall we ship on Friday? Yes, No, Later"
    if len(options) > MAX_OPTIONS:
        return f"A vote takes {MAX_OPTIONS} options at most, and these are {len(options)}. Leave some out."
    for option in options.values():
        if len(option) > MAX_OPTION_LENGTH:
            return f"An option has {MAX_OPTION_LENGTH} characters at most: make {_short(option)} shorter."
    return Question(question, tuple(options.values()))


def bare_ballot(text: str) -> str | None:
    """The ballot that a line is when it is said without a command: ``+1``, ``-1`` or ``+0``; else ``None``.

    A comment may follow after a blank (``+1 great idea``), but not after a plain ``0``: ``0 bugs left``
    is no ballot.
    """
    text = text.translate(_MINUS)
    if (match := _SIGNED.match(text)) is not None:
        return ABSTAIN if match[1].endswith("0") else match[1]
    return ABSTAIN if _ZERO.match(text) else None


def word_ballot(word: str) -> str | None:
    """The ballot that a word means (``aye``, ``Nay``, ``abstain``, ``+1``); ``None`` when it means none.

    Only the whole word counts: ``no objection`` is not a vote against.
    """
    plain = " ".join(word.translate(_MINUS).casefold().split()).rstrip(" .,;:!")
    return _BALLOT_OF.get(plain)


def show_choices(choices: Iterable[Choice]) -> list[str]:
    """One line for each choice with ballots, ``Yes (2): bob, carol``; or one that says there are none."""
    lines = []
    for choice in choices:
        if choice.count:
            names = [*choice.voters, *([f"{choice.secret} in secret"] if choice.secret else [])]
            lines.append(f"{choice.option} ({choice.count}): {', '.join(names)}")
    return lines or ["Nobody has voted yet."]


def tally_text(vote: Vote) -> str:
    """The numbers: ``Yes: 2, No: 0``; of a motion ``for: 2, against: 1, abstained: 0``."""
    names = ("for", "against", "abstained") if vote.motion else tuple(c.option for c in vote.choices)
    return ", ".join(f"{name}: {choice.count}" for name, choice in zip(names, vote.choices, strict=True))


def results_text(vote: Vote) -> str:
    """The text of a vote's item, in the words of OpenStack's MeetBot.

    ``Voted on "Q?" Results are, Yes: 2, No: 0``; and of a motion what became of it as well: ``Voted on "M"
    Results are, for: 2, against: 1, abstained: 0. Motion carried``.
    """
    text = f'Voted on "{vote.question}" Results are, {tally_text(vote)}'
    return f"{text}. {outcome_text(vote)}" if vote.motion else text


def outcome_text(vote: Vote) -> str:
    """What to say of a motion: ``Motion carried``; empty for a vote by options.

    Scripts read the first words, which are those of Ubuntu's MeetBot.
    """
    votes_for = vote.choices[0].count if vote.choices else 0
    return {
        "carried": "Motion carried",
        "denied": "Motion denied",
        "tied": "Deadlock, casting vote may be used",
        "inconclusive": "Motion inconclusive"
        + (f": {vote.required} must vote for it, and {votes_for} did" if votes_for < vote.required else ""),
    }.get(vote.outcome, "")


def _outcome(choices: Sequence[Choice], required: int) -> str:
    """Carried needs more for than against, and ``required`` for; what too few voted for is inconclusive."""
    votes_for, against = choices[0].count, choices[1].count
    if against > votes_for:
        return "denied"
    if votes_for < required:
        return "inconclusive"
    return "carried" if votes_for > against else "tied"


def _short(text: str) -> str:
    return "".join(split(text, 2 * MAX_OPTION_LENGTH, at_most=1))
