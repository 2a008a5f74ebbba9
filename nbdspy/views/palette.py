"""The colours of all cards: literal mid-tones that read on white and on near-black."""

ACCENT = "#2f81d6"
BETTER = "#2e9e5b"
WORSE = "#d6453d"
DOUBT = "#b7791f"
QUIET = "#7c8594"
LINE = "rgba(128,136,150,.28)"
WASH = "rgba(128,136,150,.10)"
