"""Fit report of the migrants' ages that the package carries.

Moves inside the country and emigration are Rogers-Castro curves, levelled on published shares of
the young and on the sexes: the report says what they have become. Immigrants are a composition
that was fitted to published shares: the report says how near a schedule comes to it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.dataset.package import Dataset
from forecast.demography.schedule_fit import Form, fit_rogers_castro
from forecast.demography.schedule_measures import fit_report

TABLE = "estimated/migrant_age"


def migrant_age_report(dataset: Dataset, parameters: Form = "best") -> pd.DataFrame:
    """A `fit_report` by stream of migrants and sex, of the estimates as they are stored.

    Rates are relative to the mean person (times), so that of the levels only the ratios mean
    something; compositions are fitted as shares of all of that sex.
    """
    ages = dataset.table(TABLE)
    fits = {}
    for (stream, kind, sex), rows in ages.groupby(["stream", "kind", "sex"], sort=False):
        rows = rows.sort_values("age")
        fits[f"{stream} {sex}"] = fit_rogers_castro(
            rows["age"].to_numpy(dtype=np.intp),
            rows["value"].to_numpy(dtype=float),
            parameters=parameters,
            measure="shares" if kind == "composition" else "rates",
            what=f"{TABLE} {stream} {sex}",
        )
    return fit_report(fits)
