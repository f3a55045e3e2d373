"""Early warning: what will fail, by when, and how often that was right."""
