"""Writes a bundle: payload, manifests, attachments, seal, and time-stamps added later."""
