"""Runs units on a Dask cluster: the same bundle from several machines. Extra `dask`.

The run's own process plans, enters accounts, keeps the ledger and writes the bundle. A worker is sent one
unit at a time as plain data, runs it behind its own gate into a scratch folder, and gives back what it left
in segments; nothing of it counts before all of it has arrived and every hash holds.
"""
