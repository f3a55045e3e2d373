"""Drivers that come with the gateway, one module each; others come as packages of their own."""
