"""Schema, sessions, migrations, workspace and backup. The only room that knows which database it is."""
