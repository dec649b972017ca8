"""Decides what to say where.

In: a bulletin, the channels it concerns, and what each channel holds already. Out: the posts and
edits still wanting. Says nothing itself. Every edit that readers would see is made at once; nothing
here looks at the clock yet.
"""
