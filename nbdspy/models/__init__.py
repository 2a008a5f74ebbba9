"""Models: requests and replies, the gate they pass, and the leaves that answer."""

import logging

from nbdspy.models.base_lm import BaseLM
from nbdspy.models.budget import Budget, Spent
from nbdspy.models.cache import CacheStats, ReplyCache, configure_cache, replies
from nbdspy.models.calls import Call, Calls
from nbdspy.models.gate import Leaf, Replied, Requested, Token, gate
from nbdspy.models.lm import LM
from nbdspy.models.log import Redacting
from nbdspy.models.messages import Extras, Message, Reply, Request, Shape, Usage
from nbdspy.models.recording import use_cassette
from nbdspy.models.tallies import spending
from nbdspy.models.usage import UsageTracker, track_usage

__all__ = [
    "LM",
    "BaseLM",
    "Budget",
    "CacheStats",
    "Call",
    "Calls",
    "Extras",
    "Leaf",
    "Message",
    "Replied",
    "Reply",
    "ReplyCache",
    "Request",
    "Requested",
    "Shape",
    "Spent",
    "Token",
    "Usage",
    "UsageTracker",
    "configure_cache",
    "gate",
    "replies",
    "spending",
    "track_usage",
    "use_cassette",
]

logging.getLogger("nbdspy").addFilter(Redacting())  # of every room: it is the package's one logger
