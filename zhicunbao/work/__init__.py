"""The main job: publish work with points, claim it, prove it, judge it, credit it."""
