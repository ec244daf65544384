"""An index of several shards: its manifest, and how its shards are read as one index."""
