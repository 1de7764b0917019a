"""Every setting that a role, a database or an address may carry, beside the answers without it."""
