"""Why two runs differ: the difference of their results as parts that add up."""

from forecast.account.parts import ADDED, DEFICIT, DIFFERENCE, POPULATION, Account, account
from forecast.account.words import Names, account_text, part_name

__all__ = [
    "ADDED",
    "DEFICIT",
    "DIFFERENCE",
    "POPULATION",
    "Account",
    "Names",
    "account",
    "account_text",
    "part_name",
]
