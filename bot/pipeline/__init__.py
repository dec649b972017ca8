"""Strings the rooms together and owns the transactions.

In: feeds that are due, tickets that wait. Out: committed stories and outbox rows, sent messages.
Fetch, then one transaction, then send: no network inside a transaction.
"""
