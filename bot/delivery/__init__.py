"""Decides what to say where, and how often.

In: a bulletin, the channels it concerns, and what each channel holds already. Out: the posts and
edits still wanting. Says nothing itself.
"""
