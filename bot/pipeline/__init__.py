"""Strings the rooms together and owns the transactions.

In: feeds that are due, tickets that wait. Out: committed stories and outbox rows, sent messages.
Fetch, then one transaction, then send: no network inside a transaction.

A sink is also told why it says something, and answers two questions of recovery: until when a nonce
may be repeated, and whether a message stands in a channel. Several processes may place on one
database: each notices when another has placed last, and draws its picture of the open stories anew.
"""
