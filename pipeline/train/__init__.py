"""Train the small classifiers: one module for each model, one for its data, one for its card."""
