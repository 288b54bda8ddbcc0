"""Metrics: what an operator watches, in the text that Prometheus reads."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from serving.manual import examples
from serving.metrics import Histogram, Metrics
from tests.serving.calling import Caller


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_day_of_requests_can_be_read_by_prometheus(call: Caller) -> None:
    call("POST", "/v1/score", json=examples.FRAUDULENT_SIGNUP)
    call("POST", "/v1/score", json=examples.FRAUDULENT_SIGNUP)
    call("POST", "/v1/score", json={})
    call("GET", "/v1/decisions/none")
    call("GET", "/v1/decisions/other")
    text = call("GET", "/metrics").text
    found = samples(text)
    score = ("route", "/v1/score")
    assert found["vouch_requests_total", (score, ("status", "200"))] == 2
    assert found["vouch_requests_total", (score, ("status", "422"))] == 1
    decisions = (("route", "/v1/decisions/{id}"), ("status", "404"))
    assert found["vouch_requests_total", decisions] == 2
    assert found["vouch_request_seconds_count", (score,)] == 3
    outcome = (("mode", "scorecard"), ("outcome", "decline"))
    assert found["vouch_decisions_total", outcome] == 1
    assert found["vouch_policy_hits_total", (("policy", "PREPAID_CARD"),)] == 1
    assert found["vouch_ledger_wait_seconds_count", ()] == 2
    assert found["vouch_problems", ()] == 0
    assert "none" not in text


def test_models_in_use_have_their_digest() -> None:
    text = Metrics().text([("signup", "theft_of_service", 'a"b\\c\n', "champion")], 2)
    labels = (
        ("digest", 'a"b\\c\n'),
        ("moment", "signup"),
        ("risk", "theft_of_service"),
        ("rung", "champion"),
    )
    assert samples(text)["vouch_model_info", labels] == 1
    assert samples(text)["vouch_problems", ()] == 2


def test_a_histogram_counts_up_to_each_edge() -> None:
    histogram = Histogram()
    for seconds in (0.0004, 0.001, 0.0011, 9.0):
        histogram.observe(seconds)
    lines = list(histogram.lines("x", ()))
    assert 'x_bucket{le="0.0005"} 1' in lines
    assert 'x_bucket{le="0.001"} 2' in lines
    assert 'x_bucket{le="2.5"} 3' in lines
    assert 'x_bucket{le="+Inf"} 4' in lines
    assert "x_count 4" in lines
