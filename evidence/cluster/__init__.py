"""Runs members' jobs on a Dask cluster: one job, one task, the same bundle. Extra `dask`.

The run's own process enters the account and lends one session. A worker runs the job behind its own gate into
a folder of its own, and gives back one archive, of which nothing is kept before all of it has been checked.
"""
