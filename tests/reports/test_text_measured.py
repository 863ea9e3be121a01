"""Goal: a measurement is shown whole, with intervals and reasons. Method: literal numbers."""

from dataclasses import replace

from measured_sample import measured

from meshsim.reports.text_measured import measured_to_text


def lines_with(text, words):
    return [" ".join(line.split()) for line in text.splitlines() if words in line]


def test_cells_have_ratios_and_costs():
    text = measured_to_text(measured(), width=120)
    (null,) = lines_with(text, "reference with itself")
    assert null.startswith("reference with itself proxy 1.00 KiB saturated 1.000 ±")
    assert null.endswith(" 4")
    (pair,) = lines_with(text, "server sidecar  ")
    assert pair.startswith("sidecar_h2 server sidecar 1.00 KiB 100/s 10.000 ±")
    assert "310 µs ±" in pair
    assert lines_with(text, "16.0 KiB")[0].startswith("proxy proxy 0 B + 16.0 KiB saturated")


def test_what_was_not_measured_has_its_reason():
    text = measured_to_text(measured())
    assert "  - it answered 503: gzip (saturated)" in text
    assert "  - there was no time for more pairs: proxy (9.00/s)" in text


def test_handshakes_and_memory():
    text = measured_to_text(measured())
    assert lines_with(text, "TLS, RSA-2048, server")[0].startswith("TLS, RSA-2048, server 700 µs")
    assert lines_with(text, "clusters, 4 workers") == ["clusters, 4 workers —"]
    (vhosts,) = lines_with(text, "vhosts")
    assert "KiB" in vhosts


def test_the_machine_and_the_verdict():
    text = measured_to_text(measured())
    assert "Some CPU, 4 cores (used: 0, 3), Linux 6.1.0, Envoy 1.40.0" in text
    assert "saturated: 31.0 µs per request" in " ".join(text.split())
    assert "This is a calibration of this machine." in text
    noisy = measured_to_text(measured(noisy=True))
    assert "This is no calibration of this machine:" in noisy
    assert "--allow-noisy" in noisy


def test_without_cells_handshakes_and_memory():
    bare = replace(measured(), cells=(), handshakes=(), memory=(), null=None)
    text = measured_to_text(bare)
    assert "null test" not in text
    assert "A NEW CONNECTION" not in text
    assert "MEMORY" not in text
