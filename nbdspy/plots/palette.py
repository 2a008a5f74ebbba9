"""The colours of cards and figures: literal mid-tones that read on white and on near-black.

Colour never speaks alone: what is better or worse is also told by a word, a sign or a place.

A card has the same colours in both themes, and no colour has a contrast of 4.5 to 1 on white and on #111 at once: the
product of both is 18.9, so that the smaller one is 4.35 at most. `QUIET` has 3.7 on white and 5.1 on #111. Where our
extension of JupyterLab is, `labextension/style/cards.css` gives words the theme's colours instead, with 4.5 and more.
"""

ACCENT = "#2f81d6"
BETTER = "#2e9e5b"
WORSE = "#d6453d"
DOUBT = "#b7791f"
QUIET = "#7c8594"
LINE = "rgba(128,136,150,.28)"
WASH = "rgba(128,136,150,.10)"
