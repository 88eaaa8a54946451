"""The page in Debian's Chromium, headless, driven by Selenium; and npm's axe-core beside it."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_TOOLS = Path(__file__).parents[2] / "build" / "axe"
"""`scripts/setup tools` puts there what the tests need, or `no-browser`."""
AXE = _TOOLS / "node_modules" / "axe-core" / "axe.min.js"
_SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--window-size=1400,1000",
)  # fmt: skip
_PATIENCE = 30


class Page:
    """An index.html that is open."""

    def __init__(self, driver: Chrome, path: Path) -> None:
        self.driver = driver
        self._address = path.as_uri()
        self.go("#/")

    def go(self, part: str) -> None:
        """Open an address of the page, and wait until it is drawn."""
        self.driver.get(f"{self._address}{part}")
        self.wait_for(part)

    def wait_for(self, part: str) -> None:
        """Wait until an address is drawn."""
        end = time.monotonic() + _PATIENCE
        while (drawn := self.ask("return document.body?.getAttribute('data-drawn')")) != part:
            assert time.monotonic() < end and drawn != "error", f"{part} is not drawn: {self.text}"
            time.sleep(0.02)

    def ask(self, script: str, *arguments: Any) -> Any:
        """Return what a script gives, which the driver brings: the page's own policy is not asked."""
        return self.driver.execute_script(script, *arguments)

    @property
    def text(self) -> str:
        """What is shown."""
        return str(self.ask("return document.body.innerText"))

    def click(self, selector: str) -> None:
        """Click what is found first."""
        self.driver.find_element("css selector", selector).click()

    def complaints(self) -> list[str]:
        """What the browser wrote into its console, policies that were broken among it."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def violations(self, *rules: str) -> list[Any]:
        """What axe-core finds against accessibility, in what is shown; by some of its rules, or by all."""
        if not self.ask("return typeof axe === 'object'"):
            self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
        found = "all.violations.map((one) => [one.id, one.nodes[0].html])"
        script = f"axe.run(arguments[0]).then((all) => arguments[arguments.length - 1]({found}))"
        return list(self.driver.execute_async_script(script, {"runOnly": rules} if rules else {}))

    def dark(self, wanted: bool) -> None:
        """Prefer a dark page, or a light one."""
        preferred = {"name": "prefers-color-scheme", "value": "dark" if wanted else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [preferred]})


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start a browser; skips the test where it cannot be had from a package, and only there."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if (_TOOLS / "no-browser").exists():
        pytest.skip("no package brings Chromium with its driver here (macOS, Ubuntu): scripts/setup tools")
    assert program and driver, "scripts/setup tools installs chromium and chromium-driver"
    options = ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for switch in _SWITCHES:
        options.add_argument(switch)
    started = Chrome(options=options, service=Service(driver))
    try:
        yield started
    finally:
        started.quit()
