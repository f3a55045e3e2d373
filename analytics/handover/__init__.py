"""Hand-over 交接: a compound passes from one organisation to another at an instant."""
