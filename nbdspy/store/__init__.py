"""The store: JSON by key, kept in a database; knows no domain type."""

from nbdspy.store.fitting import fits_json
from nbdspy.store.home import opened_store
from nbdspy.store.store import Store

__all__ = ["Store", "fits_json", "opened_store"]
