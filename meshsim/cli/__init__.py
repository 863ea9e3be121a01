"""The meshsim command: one file per subcommand, all of them thin.

Data goes to stdout, all else to stderr. What is heavy is imported inside the commands, so that
``meshsim --help`` answers at once.
"""
