"""The nouns that pass between rooms: frozen, slotted, and free of every library.

Times are aware and UTC. Collections are tuples, frozensets or read-only mappings. Several outcomes
are a union, told apart with ``match``.

Sending has a fourth outcome, `Unsure`: a message that may have landed is neither sent nor refused.
An entry has several keys, since each of guid, link and title churns at some outlet, and a story
holds `Telling`s, since whose text an entry repeats is the story's knowledge. A story can also be
split, and `StoryChange.other` is the story that went into it or came out of it.
`TicketState.EXPIRED` is a word of the contract that nothing comes to yet.
"""
