"""Renders the signed report: what each page shows, and the PDF itself."""
