"""The page on which a planner moves levers and sees what a scenario changes.

views.py: what a page shows, figures and numbers; state.py: what stands on a page; controls.py and
page.py: the page itself in Dash; files.py: what can be downloaded; serve.py: host and port.
"""
