"""Debian's chromium without a window, for tests of the pages that people see.

Holds: starting the browser, waiting, clicking what a person reads.
Never holds: an expectation. Neighbour: ``test_browser.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    NoSuchElementException,
    StaleElementReferenceException,
    TimeoutException,
)
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_PATIENCE = 90  # seconds that a page may take, at most: machines differ
_TRIES = 5
_LATER = (NoSuchElementException, StaleElementReferenceException, ElementClickInterceptedException)
T = TypeVar("T")


class Page:
    """The browser at a server's pages."""

    def __init__(self, driver: Any, port: int) -> None:
        self.driver, self._base = driver, f"http://127.0.0.1:{port}"

    def open(self, path: str) -> None:
        self.driver.get(self._base + path)

    def wait(self, what: Callable[[], T], told: str, seconds: float = _PATIENCE) -> T:
        """Until ``what`` is true, or the test fails with ``told`` and the page's words."""
        waiting = WebDriverWait(self.driver, seconds, 0.1, ignored_exceptions=_LATER)
        found: T = waiting.until(lambda _: what(), f"{told}; the page says: {self.text()[-1500:]}")
        return found

    def text(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def reads(self, *words: str) -> None:
        """All the words stand on the page, soon."""
        for each in words:
            self.wait(lambda each=each: each in self.text(), f"waited for {each!r}")  # type: ignore[misc]

    def find(self, selector: str) -> WebElement:
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, selector), f"waited for {selector}")

    def click(self, words: str) -> None:
        """Press the enabled button or link that begins with these words."""

        def press() -> bool:
            for button in self.driver.find_elements(By.CSS_SELECTOR, "button, a"):
                if button.text.startswith(words) and button.is_displayed() and button.is_enabled():
                    button.click()
                    return True
            return False

        self.wait(press, f"waited for the button {words!r}")

    def click_until(self, words: str, selector: str) -> WebElement:
        """Press a button, again after a while as a person does whose page was still being drawn, until an element
        is there."""
        for _ in range(_TRIES):
            self.click(words)
            with suppress(TimeoutException):
                return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, selector), "", _PATIENCE / _TRIES)
        return self.find(selector)


@contextmanager
def browse(port: int, profile: Path) -> Iterator[Page]:
    """A browser that is gone afterwards; ``profile`` is its own folder."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    for word in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1600,1000",
        f"--user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(word)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield Page(driver, port)
    finally:
        driver.quit()
