"""Joins everything: settings, clock, logs, scheduler, and the command line.

In: the environment, the files of the installation, the words of the command line. Out: a running
service, or a printed answer and an exit code. The only room that reads the clock.
"""
