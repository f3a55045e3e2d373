"""The responsibility matrix at the command line: what is asked, and how it is said."""
