"""What verdicts leave open: coverage, and what else is asked of the engines through their table."""
