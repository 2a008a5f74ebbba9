"""The colours of cards and figures: literal mid-tones that read on white and on near-black.

Colour never speaks alone: what is better or worse is also told by a word, a sign or a place.
"""

ACCENT = "#2f81d6"
BETTER = "#2e9e5b"
WORSE = "#d6453d"
DOUBT = "#b7791f"
QUIET = "#7c8594"
LINE = "rgba(128,136,150,.28)"
WASH = "rgba(128,136,150,.10)"
