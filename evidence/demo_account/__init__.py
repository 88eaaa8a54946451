"""Serves the demo account over HTTP: moto behind an overlay.

`account/` holds the data, `planted` what is wrong with it on purpose, `answers/` one function for each
operation the overlay answers. moto is an extra (`aws-evidence[demo]`) and is imported only when serving.
"""

from evidence.demo_account.faults import Fault, load_faults
from evidence.demo_account.server import DemoServer, create_app, serve

__all__ = ["DemoServer", "Fault", "create_app", "load_faults", "serve"]
