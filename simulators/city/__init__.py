"""A city that does not exist, as large as a real one: its registry, and what happens in it."""

from simulators.city.build import city_compound, compound_code, gateway_of
from simulators.city.frame import Frame, frame
from simulators.city.plan import HEFEI_COMPOUNDS, CityPlan, Era, Sketch, sketch

__all__ = [
    "HEFEI_COMPOUNDS",
    "CityPlan",
    "Era",
    "Frame",
    "Sketch",
    "city_compound",
    "compound_code",
    "frame",
    "gateway_of",
    "sketch",
]
