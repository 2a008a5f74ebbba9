"""nbdspy in a page: a JupyterLite site whose kernel is Python in WebAssembly, with lessons that replay."""
