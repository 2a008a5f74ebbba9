"""Programs whose answers are read while they come."""

from nbdspy.streaming.bridge import apply_sync_streaming
from nbdspy.streaming.hearing import Hearing
from nbdspy.streaming.listener import StreamListener
from nbdspy.streaming.messages import StatusMessage, StreamResponse, TextChunk
from nbdspy.streaming.served import streaming_response
from nbdspy.streaming.statuses import StatusMessageProvider
from nbdspy.streaming.streams import streamify

__all__ = [
    "Hearing",
    "StatusMessage",
    "StatusMessageProvider",
    "StreamListener",
    "StreamResponse",
    "TextChunk",
    "apply_sync_streaming",
    "streamify",
    "streaming_response",
]
