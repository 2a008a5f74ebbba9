"""What one program has that another has not: instructions, descriptions and demonstrations, by predictor."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from nbdspy.data import Example
from nbdspy.modules import Module, Predict


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How a predictor differs from the one of the same name before.

    `fields` are those with another description; `reordered` says that the demonstrations are the same ones in another
    order.
    """

    predictor: str
    before: str
    after: str
    fields: tuple[str, ...] = ()
    demos_in: tuple[Example, ...] = ()
    demos_out: tuple[Example, ...] = ()
    reordered: bool = False

    @property
    def diff(self) -> str:
        """The lines of the instruction that went, with a minus, and that came, with a plus; "" where it stayed."""
        lines = difflib.ndiff(self.before.splitlines(), self.after.splitlines())
        return "" if self.before == self.after else "\n".join(line for line in lines if line[0] in "+-")

    @property
    def summary(self) -> str:
        """The same in a few words."""
        said = ["another instruction"] if self.before != self.after else []
        said += [f"other descriptions of {', '.join(self.fields)}"] if self.fields else []
        said += [f"{len(self.demos_in)} demos in"] if self.demos_in else []
        said += [f"{len(self.demos_out)} demos out"] if self.demos_out else []
        said += ["demos in another order"] if self.reordered else []
        return ", ".join(said)


def changes(before: Module, after: Module) -> tuple[Change, ...]:
    """The predictors that are not as they were, in order.

    Example:
        >>> short = Predict("question -> answer")
        >>> brief = Predict(short.signature.with_instructions("Be brief."))
        >>> [(change.predictor, change.summary) for change in changes(short, brief)]
        [('self', 'another instruction')]
    """
    old = dict(before.named_predictors())
    found = (_change(name, old[name], new) for name, new in after.named_predictors() if name in old)
    return tuple(change for change in found if change.summary)


def _change(name: str, old: Predict, new: Predict) -> Change:
    known = new.signature.fields
    described = {field: old.signature.fields[field].description for field in known if field in old.signature.fields}
    came = tuple(demo for demo in new.demos if demo not in old.demos)
    gone = tuple(demo for demo in old.demos if demo not in new.demos)
    return Change(
        predictor=name,
        before=old.signature.instructions,
        after=new.signature.instructions,
        fields=tuple(field for field, text in described.items() if known[field].description != text),
        demos_in=came,
        demos_out=gone,
        reordered=not came and not gone and list(old.demos) != list(new.demos),
    )
