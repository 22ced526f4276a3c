"""The test Launchpad's description (WADL): the one that launchpadlib ships, brought to ``devel``.

What is shipped describes version 1.0 of 2015, in which a specification has one field. Added here are the
fields and operations of blueprints that https://launchpad.net/+apidoc/devel.html gives.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from importlib import resources

from plugins.tracker.items import DEFINITIONS, IMPLEMENTATIONS, PRIORITIES

SHIPPED_BASE = "https://api.launchpad.test/1.0/"

WRITABLE: dict[str, Sequence[str]] = {
    "approver_link": (),
    "assignee_link": (),
    "definition_status": DEFINITIONS,
    "direction_approved": (),
    "drafter_link": (),
    "implementation_status": IMPLEMENTATIONS,
    "milestone_link": (),
    "name": (),
    "priority": PRIORITIES,
    "specification_url": (),
    "summary": (),
    "target_link": (),
    "title": (),
    "whiteboard": (),
    "workitems_text": (),
}
"""What may be written of a specification, with the values of what has a choice of them."""

READ_ONLY = (
    "bugs_collection_link",
    "completer_link",
    "date_completed",
    "date_created",
    "date_started",
    "dependencies_collection_link",
    "has_accepted_goal",
    "is_complete",
    "is_started",
    "lifecycle_status",
    "linked_branches_collection_link",
    "owner_link",
    "starter_link",
)

_LINKED = {
    "bugs_collection_link": "bug-page-resource",
    "dependencies_collection_link": "specification-page-resource",
    "linked_branches_collection_link": "specification_branch-page-resource",
    "milestone_link": "milestone",
    "target_link": "project",
}
"""What a link leads to, where that is no person."""

_PILLARS = ("project", "project_series", "project_group", "person", "team")
"""Where specifications stand; on the first two one can ask for one by name."""


_EXPLANATION = re.compile(r"<wadl:doc\b[^>]*>.*?</wadl:doc>", re.DOTALL)


def wadl(base: str, *, explained: bool) -> bytes:
    """The description of a service whose addresses begin with ``base`` (``http://127.0.0.1:1/devel/``).
    Without what it explains to people it takes a client a third of the time to read.
    """
    return _described(explained).replace(SHIPPED_BASE, base).encode()


@functools.cache
def _described(explained: bool) -> str:
    path = resources.files("launchpadlib") / "testing" / "launchpad-wadl.xml"
    text = path.read_text(encoding="utf-8")
    full = "".join(_parameter(name, WRITABLE.get(name, ())) for name in sorted([*WRITABLE, *READ_ONLY]))
    text = _put(text, '<wadl:representation mediaType="application/json" id="specification-full">', full)
    diff = "".join(_parameter(name, values) for name, values in WRITABLE.items())
    text = _put(text, '<wadl:representation mediaType="application/json" id="specification-diff">', diff)
    for pillar in _PILLARS:
        links = "".join(
            _parameter(f"{name}_collection_link") for name in ("all_specifications", "valid_specifications")
        )
        text = _put(text, f'<wadl:representation mediaType="application/json" id="{pillar}-full">', links)
    for pillar in _PILLARS[:2]:
        text = _put_last(text, pillar, _get_specification(pillar))
    text = _put_last(text, "specifications", _create_specification())
    size = '<wadl:param style="plain" name="total_size" path="$[\'total_size\']" required="true"/>'
    link = _link("total_size_link", "ScalarValue")
    text = text.replace(size, size.replace("true", "false") + link)
    return text if explained else _EXPLANATION.sub("", text)


def _put(text: str, start: str, more: str) -> str:
    """Put more behind the one place where something starts."""
    before, found, after = text.partition(start)
    if not found or start in after:
        raise ValueError(f"launchpadlib's WADL does not have {start} exactly once")
    return before + start + more + after


def _put_last(text: str, resource: str, method: str) -> str:
    """Give a resource one more method. It stands last, since launchpadlib takes the first GET for the plain
    one.
    """
    before, found, after = text.partition(f'<wadl:resource_type id="{resource}">')
    body, end, rest = after.partition("</wadl:resource_type>")
    if not found or not end:
        raise ValueError(f"launchpadlib's WADL does not have {resource}")
    return before + found + body + method + end + rest


def _parameter(name: str, values: Sequence[str] = ()) -> str:
    if name.endswith("_link"):
        other = "specification-page-resource" if name.endswith("_collection_link") else "person"
        return _link(name, _LINKED.get(name, other))
    options = "".join(f'<wadl:option value="{value}"/>' for value in values)
    return f'<wadl:param style="plain" name="{name}" path="$[\'{name}\']">{options}</wadl:param>'


def _link(name: str, to: str) -> str:
    return (
        f'<wadl:param style="plain" name="{name}" path="$[\'{name}\']">'
        f'<wadl:link resource_type="{SHIPPED_BASE}#{to}"/></wadl:param>'
    )


def _get_specification(pillar: str) -> str:
    return f"""
<wadl:method name="GET" id="{pillar}-getSpecification">
  <wadl:request><wadl:param style="query" name="ws.op" required="true" fixed="getSpecification"/>
    <wadl:param style="query" name="name" required="true"/></wadl:request>
  <wadl:response><wadl:representation href="{SHIPPED_BASE}#specification-full"/></wadl:response>
</wadl:method>"""


def _create_specification() -> str:
    names = ("name", "title", "summary", "target")
    given = "".join(f'<wadl:param style="query" name="{name}" required="true"/>' for name in names)
    statuses = "".join(f'<wadl:option value="{value}"/>' for value in WRITABLE["definition_status"])
    return f"""
<wadl:method name="POST" id="specifications-createSpecification">
  <wadl:request><wadl:representation mediaType="application/x-www-form-urlencoded">
    <wadl:param style="query" name="ws.op" required="true" fixed="createSpecification"/>
    {given}<wadl:param style="query" name="definition_status" required="true">{statuses}</wadl:param>
  </wadl:representation></wadl:request>
  <wadl:response><wadl:param name="Location" style="header">
    <wadl:link resource_type="{SHIPPED_BASE}#specification"/></wadl:param></wadl:response>
</wadl:method>"""
