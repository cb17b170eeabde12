"""A package is packed while somebody uses it, as a worker does that sends it to another one."""

from __future__ import annotations

import pickle
import threading

import pandas as pd

import forecast as fc


def test_a_package_is_packed_as_it_was_read_while_a_thread_uses_it():
    dataset = fc.load_dataset()
    dataset.table("population")
    assert dataset.once("before", lambda: [0] * 50) == [0] * 50
    over = threading.Event()

    def use() -> None:
        number = 0
        while not over.is_set():
            dataset.once(("something", number), lambda: [0] * 50)
            number += 1

    thread = threading.Thread(target=use)
    thread.start()
    try:
        packed = [pickle.dumps(dataset) for _ in range(30)]
    finally:
        over.set()
        thread.join()
    assert len({len(content) for content in packed}) == 1, "nothing that follows is packed"
    again = pickle.loads(packed[-1])
    for made in (("something", 0), "before"):
        kept = dataset.once(made, lambda: "anew")
        assert kept == [0] * 50, "the package itself still has what was made of it"
        assert again.once(made, lambda: "anew") == "anew", "made anew from the tables"
    pd.testing.assert_frame_equal(again.table("population"), dataset.table("population"))
    assert dict(again.hashes) == dict(dataset.hashes)
