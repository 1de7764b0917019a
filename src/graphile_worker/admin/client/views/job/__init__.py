"""One job: its panel, why it does not run, its retries."""
