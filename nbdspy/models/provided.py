"""What leaves share whose model is behind somebody's server."""

from __future__ import annotations

from nbdspy.models.abilities import Abilities
from nbdspy.models.model_list import abilities_of


class Provided:
    """A model that others run, by a name that they know."""

    prefers = "chat"
    constrains = False
    free = False
    durable = True

    model: str

    @property
    def address(self) -> str | None:
        """The server, where it is not the provider's own."""
        raise NotImplementedError

    @property
    def scope(self) -> str:
        """The server, too: two of them may call different models by one name."""
        return self.address or ""

    @property
    def abilities(self) -> Abilities:
        """As LiteLLM's list of models has them."""
        return abilities_of(self.model)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r})"
