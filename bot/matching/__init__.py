"""Whom a story concerns, and why.

In: the operator's topics (texts of YAML files), the channels' watches, a `Story`. Out: a `Concern`
for each watch that the story answers, and the topics it is about, each with its reason in words.
"""
