"""Screens, widgets and table models. No SQL, no files, no network here: screens call the rooms below."""
