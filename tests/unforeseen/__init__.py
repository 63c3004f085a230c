"""Answers that no declaration names, by the number of their exercise and what is remarkable about them.

RIGHT ones are written in an unusual way. WRONG ones have with them what the judge must say.
"""
