"""Models: requests and replies, the gate they pass, and the leaves that answer."""

from nbdspy.models.budget import Budget, Spent, spending
from nbdspy.models.gate import Leaf, Replied, Requested, Token, gate, use_cassette
from nbdspy.models.lm import LM
from nbdspy.models.messages import Extras, Message, Reply, Request, Shape, Usage

__all__ = [
    "LM",
    "Budget",
    "Extras",
    "Leaf",
    "Message",
    "Replied",
    "Reply",
    "Request",
    "Requested",
    "Shape",
    "Spent",
    "Token",
    "Usage",
    "gate",
    "spending",
    "use_cassette",
]
