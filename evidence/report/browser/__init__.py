"""Writes index.html: one page without a network, in which all of a bundle is searched and followed."""
