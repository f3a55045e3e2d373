"""Reports of supervision: the same facts as HTML, PDF and CSV, byte for byte the same."""
