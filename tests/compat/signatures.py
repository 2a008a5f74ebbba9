"""What the callables of `dspy` take, as JSON: run with DSPy itself, or with `nbdspy` as the first argument."""

import importlib
import inspect
import json
import sys
import warnings

warnings.simplefilter("ignore")
if sys.argv[1] == "nbdspy":
    import nbdspy

    nbdspy.install_as_dspy()

taken = {}
for path in json.loads(sys.argv[2]):
    module, _, rest = path.partition(":")
    thing = importlib.import_module(module)
    for step in rest.split("."):
        thing = getattr(thing, step)
    parameters = inspect.signature(thing).parameters.values()
    taken[path] = [one.name for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
print(json.dumps(taken))
