"""What a chair tries before and after a meeting, in the room and in private."""

from pathlib import Path

from bot.testing import Stage

STARTED = """
    <muster> Meeting started [...]
    <muster> Useful Commands: [...]
"""
ENDED = """
    <muster> Meeting ended [...]
    <muster> Minutes: [...]
    <muster> Minutes (text): [...]
    <muster> Log: [...]
"""


async def test_a_refused_reopen_is_answered_to_who_tried(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #reopen
            <muster -> alice> No meeting ended here within the last hour, so there is none [...]
            <alice> #startmeeting
            {STARTED}
            <alice> #endmeeting
            {ENDED}
            <bob> #reopen
            <muster -> bob> Only a chair of the last meeting can take it up again. Chairs: alice.
            -- 2 hours pass
            <alice> #reopen
            <muster -> alice> No meeting ended here within the last hour, so there is none [...]
        """)


async def test_a_meeting_asked_for_in_private_is_sent_to_a_room(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice -> muster> #startmeeting Nova
            <muster -> alice> Say that in the room.
        """)


async def test_a_search_does_not_find_itself(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> !grep unicorns
            <muster> Nothing that I may tell of here has 'unicorns'.
            <bob> muster: grep unicorns
            <muster> [...]
            <bob> !grep unicorns
            <muster> 2026-11-22 20:00 UTC #stage <bob> muster: grep unicorns
        """)


async def test_a_secret_vote_written_the_other_way_round_is_told_how_to_write_it(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <bob -> muster> vote #stage +1
            <muster -> bob> bob: You are in no meeting in +1. Write: vote +1 #stage
        """)


async def test_what_begins_a_meeting_is_named_with_the_prefix_that_works_here(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="[plugin meetings]\nprefix = .") as stage:
        await stage.play("""
            <bob> !meetings
            <muster> I know of no meeting that I may tell of here; .startmeeting begins one.
        """)


async def test_hints_name_commands_with_the_prefix_that_works_here(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        stage.app.hub.prefix = "?"
        await stage.play("""
            <alice> #startmeeting
            <muster> Meeting started[...]
            <muster> Useful Commands[...]
            <alice> #help
            <muster -> alice> Say ?help meeting for the commands; #help TEXT notes that help is wanted.
            <alice> #action alice to dig by tuesday
            <alice> #action 1 done
            <muster -> alice> To change an action that there is, say: ?action 1 done
            <alice> ?action 99 done
            <muster> alice: There is no action 99; ?actions lists them.
            <alice> ?action 1 to ,
            <muster> alice: To whom? ?action 1 to NICK.
            <alice> ?minutes
            <muster> alice: I know of no past meeting that I may tell of here.
            <alice> #endmeeting
            <muster> Meeting ended[...]
            <muster> Minutes[...]
            <muster> Minutes[...]
            <muster> Log[...]
            -- 2 days pass
            <muster> Due 2026-11-24, action 1: alice to dig by tuesday (alice). ?action 1 done closes it.
        """)


async def test_help_explains_a_meetings_word_with_or_without_its_prefix(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> !help #topic
            <muster> #topic TEXT (chair, in a meeting): Begin a topic, [...] Example: #topic Bugs
            <alice> !help q+
            <muster> q+ [...] Example: q+ to ask about the freeze
            <alice> !help +1
            <muster> +1, -1 or +0 (anyone, in a meeting): Vote on the open motion. Example: +1
            <alice> !help agenda N = TEXT
            <muster> agenda N = TEXT (anyone, in a meeting): [...] Example: agenda 2 = the summit in May
            <bob> !help s/a/b/
            <muster> s/old/new/ (anyone, in a meeting): [...] Example: s/forty/fourteen/
            <bob> !help Topic: Bugs
            <muster> #topic TEXT [...]
            <bob> !help q?
            <muster> q? (anyone, in a meeting): Say who is on the queue. Example: q?
            <alice> !help nothing-like-it
            <muster> alice: There is no command 'nothing-like-it'.[...]
        """)


async def test_only_a_chair_takes_somebody_who_spoke_out_of_those_present(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> Meeting started[...]
            <muster> Useful Commands[...]
            <bob> present- alice
            <muster -> bob> alice has spoken here; only a chair can take alice out.
            <alice> present- bob
        """)
