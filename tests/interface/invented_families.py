"""A survey of families that nobody answered: seeded, for tests alone."""

import numpy as np
import pandas as pd

SECTIONS = list("ABCDEFGHIJKLMNOPQRS")
YES, NO = "yes", "no"


def invented(count, lists, seed=1):
    """Families of both streams that choose among the regions of their list.

    lists : {stream: ids of regions}
    """
    draw = np.random.default_rng(seed)
    stream = np.where(draw.random(count) < 0.35, "kandas", "resettlers")
    workers, children = draw.integers(0, 4, count), np.minimum(draw.poisson(1.8, count), 9)
    size = np.maximum(workers + children, 1) + draw.integers(0, 3, count)
    choices = np.full((count, 3), "", dtype=object)
    for name, regions in lists.items():
        members = np.flatnonzero(stream == name)
        liked = np.log(draw.dirichlet(np.full(len(regions), 2.0)))
        ranked = np.argsort(-(liked + draw.gumbel(size=(len(members), len(regions)))), axis=1)
        choices[members] = np.array(regions, dtype=object)[ranked[:, :3]]
    choices[draw.random((count, 3)) < [[0.05, 0.3, 0.5]]] = ""
    return pd.DataFrame({
        "id": [f"invented-{k:06d}" for k in range(count)], "stream": stream, "family_size": size,
        "workers": workers, "children": children,
        "qualification": draw.choice(["higher", "tvet", "none"], count, p=[0.25, 0.5, 0.25]),
        "section": draw.choice([*SECTIONS, ""], count), "origin": "",
        **{f"choice_{k + 1}": choices[:, k] for k in range(3)},
        "kk": np.where(draw.random(count) < 0.8, YES, NO),
        "ru": np.where(draw.random(count) < 0.6, YES, NO),
    })  # fmt: skip
