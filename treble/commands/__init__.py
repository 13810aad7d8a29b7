"""The subcommands of `treble`, one module a kind. Each has `add(commands)`, which declares it and its flags.

What only one command needs is imported where it runs, so that the others start quickly.
"""
