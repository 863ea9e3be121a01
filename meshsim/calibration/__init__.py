"""Where numbers come from: measuring a real Envoy, fitting costs, and stating the error."""
