"""Settlement policy: where the quota should go. Arrays and small tables in, no country inside."""
