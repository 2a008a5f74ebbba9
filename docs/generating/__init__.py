"""Pages that are written from the code, so that they cannot say what it does not do."""
