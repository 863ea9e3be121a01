"""The app, for ``streamlit run app.py``."""

from meshsim.app.main import main

main()
