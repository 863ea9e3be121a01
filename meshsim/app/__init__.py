"""The pages of the Streamlit app: thin, over studies."""
