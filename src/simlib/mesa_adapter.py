"""The one place that knows Mesa: its names may change with the next major version."""

from mesa import Agent, DataCollector, Model
from mesa.batchrunner import batch_run

__all__ = ["Agent", "DataCollector", "Model", "batch_run"]
