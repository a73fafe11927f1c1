"""Cards, revisions, evaluations, scoring and bands: the only arithmetic of the product."""
