"""Faces on paper: text, JSON, CSV and HTML, with no arithmetic."""
