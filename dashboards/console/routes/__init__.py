"""Routes, one module a subject: fetch, present, answer."""
