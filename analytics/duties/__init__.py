"""The responsibility matrix: who answers for what, where and when."""
