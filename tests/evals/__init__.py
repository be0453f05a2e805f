"""Tests of agentflow/evals."""
