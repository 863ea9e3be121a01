"""The meshsim command."""
