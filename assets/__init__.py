"""The settlement: one module or package a stage, plain functions over a day at work.

Never holds: orchestration, clocks, environment variables; those belong to ``pipelines/``.
"""
