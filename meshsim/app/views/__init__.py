"""One file per page, run by the app's navigation; each shows what other modules computed."""
