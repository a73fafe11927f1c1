"""The timeline of a call: lanes of sound, turns, annotations and marks on one time scale."""
