"""Both directions of Slack, through one app in one workspace.

In: ``/wirewatch …`` from a channel, and bulletins to be said there. Out: a `Command` with its
`Caller`, whose `Reply` is shown to who asked; and for each bulletin an `Outcome`.
"""
