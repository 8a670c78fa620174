"""An agent of LiveKit, as its documentation describes it."""

from __future__ import annotations


class Agent:
    def __init__(self, *, instructions):
        self.instructions = instructions
