"""What to poll and when, the polite and guarded request, and the reading of what comes back.

In: the text of ``feeds.yaml``, a `Feed` and its `Polling`. Out: a `FetchResult`, a `Reading` of raw
`Item`s, and the next `Polling`. Only `fetch` and `parse_pool` act; the rest are plain functions.
"""
