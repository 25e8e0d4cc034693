"""The one place that knows Mesa: its names may change with the next major version."""

from collections.abc import Iterator
from itertools import count
from typing import Any
from warnings import catch_warnings, filterwarnings
from weakref import WeakKeyDictionary

with catch_warnings():
    # In a notebook Mesa's progress bar asks for ipywidgets, which nothing here needs.
    filterwarnings("ignore", message="IProgress not found")
    import mesa
    from mesa import DataCollector, Model
    from mesa.batchrunner import batch_run

__all__ = ["Agent", "DataCollector", "Model", "batch_run"]


class _Counters:
    """Count the agents of each model without keeping the model alive, as Mesa's own would."""

    def __init__(self) -> None:
        self._counters: WeakKeyDictionary[Any, Iterator[int]] = WeakKeyDictionary()

    def __getitem__(self, model: Any) -> Iterator[int]:
        return self._counters.setdefault(model, count(1))


class Agent(mesa.Agent):  # type: ignore[misc]
    """A Mesa agent whose model can be forgotten once its run is over."""

    _ids = _Counters()
