"""Thin adapters from wirewatch's public functions to what the benchmarks expect."""

from __future__ import annotations
