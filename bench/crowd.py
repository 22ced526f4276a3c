"""Who talks in the benches, and what they say: always the same, so that runs can be compared."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_WORDS = """
the release is nearly ready but for nova api review we should ask bob about this bug tomorrow and
then see whether tests pass on arm or not I think so yes no maybe later today merged blueprint
milestone gate check fails again with timeout see log please somebody take it thanks done over to
you
""".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account of the same name."""

    nick: str
    user: str
    host: str

    @property
    def source(self) -> str:
        """As it stands before what they say."""
        return f"{self.nick}!{self.user}@{self.host}"


PEOPLE = tuple(Person(f"p{n}", f"u{n}", f"h{n}.example.org") for n in range(400))
CHAIRS = PEOPLE[:20]
"""Those who chair the benches' meetings; the first starts them. So many that none of them is answered too
often: Muster limits what one person makes it say.
"""


def members_of(number: int) -> Sequence[Person]:
    """Twenty-eight people of room ``number``, the chairs among them."""
    first = len(CHAIRS) + number * 8 % (len(PEOPLE) - len(CHAIRS) - 8)
    return (*CHAIRS, *PEOPLE[first : first + 8])


def texts(count: int, *, commands: int) -> Iterator[str]:
    """``count`` texts, one in ``commands`` of them a meeting's command that nobody answers."""
    chance = random.Random(7)
    kinds = ("#info {}", "#action p3 {}", "#idea {}", "#agreed {}", "#link http://example.org/{}", "#info {}")
    for number in range(count):
        said = " ".join(chance.choices(_WORDS, k=chance.randint(3, 18)))
        if number % commands:
            yield said
        else:
            yield kinds[number // commands % len(kinds)].format(said)


def lines(rooms: Sequence[str], count: int, *, tagged: bool, commands: int = 50) -> bytes:
    """``count`` lines as a server sends them, spread over ``rooms``; with the IRCv3 tags ``time``,
    ``msgid`` and ``account`` if ``tagged``.
    """
    made = []
    chance = random.Random(8)
    crowds = [members_of(number) for number in range(len(rooms))]
    now = datetime.now(UTC)
    for number, text in enumerate(texts(count, commands=commands)):
        place = number % len(rooms)
        # What only a chair may say is said by one.
        person = CHAIRS[0] if text.startswith("#agreed") else chance.choice(crowds[place])
        tags = ""
        if tagged:
            time = (now + timedelta(microseconds=20 * number)).isoformat(timespec="milliseconds")
            tags = f"@time={time[:23]}Z;msgid=m{number:x};account={person.nick} "
        made.append(f"{tags}:{person.source} PRIVMSG {rooms[place]} :{text}\r\n")
    return "".join(made).encode()
