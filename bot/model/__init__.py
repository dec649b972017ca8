"""The nouns that pass between rooms: frozen, slotted, and free of every library.

Times are aware and UTC. Collections are tuples, frozensets or read-only mappings. Several outcomes
are a union, told apart with ``match``.
"""
