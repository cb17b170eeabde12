"""What the models of flows are called, for tables, figures and notes."""

from __future__ import annotations

from forecast.words import mark, say

MODEL_WORDS = {
    "persistence": mark("last year again"),
    "trend": mark("last year and trend"),
    "pooled": mark("baseline forecaster"),
    "components": mark("components"),
    "gravity": mark("gravity"),
    "pair_effects": mark("pair effects"),
    "boosted": mark("boosted"),
    "blend": mark("blend"),
    "baseline": mark("baseline"),
}


def model_name(name: str) -> str:
    """The name of a model in the language of now; its key where it has none."""
    return say(MODEL_WORDS[name]) if name in MODEL_WORDS else name.replace("_", " ")
