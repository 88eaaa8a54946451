"""Writes the appendices: a workbook of every record, every population and every call."""
