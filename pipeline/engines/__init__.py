"""Ways to run the same reading over many articles."""
