"""Life tables, the cohort-component method and the regional one-year step."""
