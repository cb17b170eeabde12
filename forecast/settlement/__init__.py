"""Settlement policy: quotas, matching, scores and retention, and the door for personal records."""
