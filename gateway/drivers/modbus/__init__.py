"""Modbus RTU and TCP: registers of fire water, electrical fire and pump devices, only ever read."""
