"""The store: JSON by key, kept in a database; knows no domain type."""

from nbdspy.store.home import opened_store
from nbdspy.store.store import Store

__all__ = ["Store", "opened_store"]
