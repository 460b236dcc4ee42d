"""Tests of the web process: settings, signatures, payloads, answers, processes."""
