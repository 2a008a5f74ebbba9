"""Damaged replies: what models write instead of what they were asked for, and the values that a reader finds in it."""
