"""What stands in an output beside a card, so that JupyterLab can search, filter, compare and copy it without a kernel.

Four mimetypes, `application/vnd.nbdspy.KIND.v1+json`, of one shape:

    {"version": 1, "title": "…", "facts": ["…"], "tables": [table, …], "texts": "…"}

A table is `{"name": "…", "columns": ["…"], "lines": "…", "left_out": 0}`. `lines` and `texts` are JSON Lines: notebooks
write each value of a list onto a line of its own, which would double what they take. A line of a table is an array of
its cells, without the last ones where those are null; a cell is a text, a number, true or null. A line of `texts` is a
text, or `[text, length]` of one that was cut. `left_out` counts the lines for which there was no room.

These columns mean something; all others are shown as they are:

- `parent`: the number, from 0, of the line that this one is inside of, in the same table.
- `parts`: `[[label, number], …]`, what is read when the line is chosen: `number` is that of a line of `texts`.
- `kind`, `verdict`, `change`, `kept`: by which lines are filtered, as by whether they have an `error`, a text.
- `score`, `low`, `high` and `score …`: from 0 to 1. `at`, `seconds`: seconds; `at` counts from the first line. `cost`:
  US dollars. They have digits enough for readers to be told what the card tells.

Which tables there are:

- `trace`: `steps`.
- `evaluation`: `rows`; of a comparison `examples`, under both programs.
- `compile`: `trials`, `examples` under the program that went in and the best, `bootstraps`.
- `program`: `predictors` and `origins` of one program; `versions` of several.

Keys are redacted and what cannot be seen is written out, as in the card. Where a card shows neither times nor costs,
nothing here does. Readers ignore columns and tables that they do not know; a change that would mislead them is a `v2`.
"""

from nbdspy.views.explorer.by_mimetype import explorable

__all__ = ["explorable"]
