"""Grafana dashboards as code; Grafana never stands on the safety path."""
