"""What users saw on 2026-11-29, frozen, so that a rewrite can be judged by what it changes in front of them.

``python -m tests.golden`` shows every difference between the frozen state and the present results of a root. Nothing here
imports the package but to run its commands: what is compared is files and pages, read as a stranger would.
"""
