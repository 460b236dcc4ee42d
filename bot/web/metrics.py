"""What /metrics tells Prometheus: deliveries, how fast they are answered, and the jobs that wait."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # GitHub gives up after 10


class Metrics:
    """The figures of one web process. Labels are words of ours, never of a request."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._deliveries = Counter(
            "prudent_deliveries",
            "Deliveries, by event and what came of them",
            ["event", "result"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "prudent_answer_seconds",
            "From a delivery's headers to its answer",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._waiting = Gauge("prudent_jobs_waiting", "Jobs that wait or run", ["queue"], registry=self._registry)
        self._up = Gauge("prudent_jobs_up", "Whether the jobs' database answers", registry=self._registry)

    def answered(self, event: str, result: str, seconds: float) -> None:
        """Count one delivery; `event` must be one of a few known names."""
        self._deliveries.labels(event, result).inc()
        self._seconds.observe(seconds)

    def text(self, waiting: Mapping[str, int] | None) -> bytes:
        """Return everything in Prometheus' text form; `waiting` is None while the jobs' database is down."""
        self._up.set(0 if waiting is None else 1)
        self._waiting.clear()
        for queue, jobs in (waiting or {}).items():
            self._waiting.labels(queue).set(jobs)
        return generate_latest(self._registry)
