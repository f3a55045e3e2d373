"""What people look at: the control-room console, feeds to others, Grafana for supervisors."""
