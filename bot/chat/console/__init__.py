"""The terminal as a platform, for the demo and for a dry run.

In: posts and edits. Out: panels that change where they stand, or plain lines where the output is not
a terminal.
"""
