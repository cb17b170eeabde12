"""Moves between regions: base rates, growth points, who comes and from where."""
