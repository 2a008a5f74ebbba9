// Writes an image of Pyodide's memory, with our own part and the common modules loaded, from which sandboxes start.

import process from "node:process";
import { loadPyodide } from "npm:pyodide@314.0.7";

process.argv[1] = "python"; // what Python takes for its own path, and tells; it was that of this file, on this machine
const [inside, modules, target] = Deno.args;
const pyodide = await loadPyodide({ _makeSnapshot: true });
const folder = pyodide.runPython("import site; site.getsitepackages()[0]");
pyodide.FS.mkdirTree(folder);
pyodide.FS.writeFile(`${folder}/_inside.py`, Deno.readTextFileSync(inside));
for (const name of ["_inside", ...modules.split(",")]) pyodide.pyimport(name).destroy();
pyodide.runPython("import gc; gc.collect()");
Deno.writeFileSync(target, pyodide.makeMemorySnapshot());
