"""One reader per foreign format, each returning model values and what it could not use."""
