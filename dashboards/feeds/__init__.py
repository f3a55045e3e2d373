"""What others are told without a page: today the sign of life to an outsider."""
