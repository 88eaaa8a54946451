"""Reads the evidence in a bundle, once for all who use it: typed records, each with its file and line."""
