"""From what a feed gave to what is news: clean text, one link, one identity.

In: the `Items` of one feed and what is remembered of it. Out: `Entry`s, oldest first, then `New` or
`Revised` for those that are not known already, and what to remember: of a known article its new
keys, of the feed its `Debris`.
"""
