"""What a maintenance operation would do, and the sentences that report what it did."""
