"""The dashboard of lesson 11: its parts as they should be, yours where you have them, and the finished page.

    from asynclab.dashboard.parts import feed, suppliers, timing  # what a test is about
    from asynclab.dashboard.page import dashboard, open_dashboard  # what a browser shows

`steps` says which parts are yours, `parts` hands them out, `site` is the Django project around them,
`page` starts a server with it, `drawing` shows it on paper.
"""
