"""From cards to ready translators and summarisers: finds the weights, checks the canaries, keeps what is loaded."""

from workbench.catalog.canaries import CanaryResult
from workbench.catalog.catalog import DEFAULT, Catalog, Device, open_catalog

__all__ = ["DEFAULT", "CanaryResult", "Catalog", "Device", "open_catalog"]
