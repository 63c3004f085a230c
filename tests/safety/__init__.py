"""Hostile input, as one table: what strangers may send, and the one sentence that it gets.

`requests` is what reaches the café over the wire, `files` what may come as progress code or
`my_work.zip`, `values` what a cell may hand in: names of projects, settings of controls, answers.
`unchanged` looks before and after. tests/test_safety.py puts them together.
"""
