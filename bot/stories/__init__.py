"""Which entries tell one event, what changed, and what is to be said of it.

In: `New` and `Revised` entries, and the `Window` of open stories. Out: `StoryChange`s with their
reasons; a story's `Figure`s; its `Bulletin`. Entries in different languages are never joined.
"""
