"""Scripts and recipes of the sample calls; ``tools/make_samples.py`` makes the audio and the plan from them."""
