"""Which entries tell one event, what changed, and what is to be said of it.

In: `New` and `Revised` entries, and the `Window` of open stories. Out: `StoryChange`s with their
reasons; a story's `Figure`s; its `Bulletin`. Entries whose languages are known and differ are never
joined.
"""
