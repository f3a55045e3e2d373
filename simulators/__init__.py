"""Buildings that do not exist, played as devices would speak, and the truth about them."""
