"""Tables that are made when somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import TYPE_CHECKING

from forecast.words import language, speaking

if TYPE_CHECKING:
    import pandas as pd

Maker = Callable[[], "pd.DataFrame"]


class LaterTables(Mapping[str, "pd.DataFrame"]):
    """Tables by name, each made once, when it is first asked for.

    makers : {name: what makes the table}
    They are made in the language in which the mapping was, whatever is spoken meanwhile, and by
    one thread at a time. A copy that is sent to another process has all of them made.
    """

    def __init__(self, makers: Mapping[str, Maker]):
        self._makers = dict(makers)
        self._made: dict[str, pd.DataFrame] = {}
        self._language = language()
        self._lock = RLock()  # a table of notes asks for the tables that it tells of

    def __getitem__(self, name: str) -> pd.DataFrame:
        with self._lock:
            if name not in self._made:
                maker = self._makers[name]
                with speaking(self._language):
                    self._made[name] = maker()
            return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def __reduce__(self) -> tuple[type[dict[str, pd.DataFrame]], tuple[dict[str, pd.DataFrame]]]:
        return dict, (dict(self),)
