"""The pages of meetings: the archive, minutes, logs, what runs now, actions, and a feed.

Rules:

1. A page is made from the database (and of a running meeting from a fold of its lines there), so that a
   process that only serves pages makes the same ones.
2. A restricted meeting is not there (404) for whoever may not read it, and stands in no list, feed, count,
   part of a page, earlier or later link, whoever reads these.
3. What people said is shown by :func:`plugins.meetings.forms.frame.linked` or escaped by the templates.
4. An address never changes: ``/meetings/ID/log#l-N`` leads to a line, without a script and in a static copy.

Nothing here is imported before pages are served, or made to be stored.
"""
