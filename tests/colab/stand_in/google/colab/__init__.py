"""Stands in for Colab's own module: its being imported is all that the setup cell looks at."""
