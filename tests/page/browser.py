# SPDX-License-Identifier: BSD-3-Clause
"""Chromium without a window, by selenium; or why there is none."""
import os
import subprocess
import sys
import time

PATIENCE, ASKED = 60, 20  # seconds
CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"


def why_none():
    """What keeps this machine from it, or "". Debian's selenium belongs to Debian's Python: starts the test anew with it."""
    for path in (CHROMIUM, DRIVER):
        if not os.path.exists(path):
            return f"there is no {path}"
    try:
        import selenium  # noqa: F401 pylint: disable=import-outside-toplevel,unused-import
    except ImportError:
        if sys.executable != "/usr/bin/python3" and "PAGE_ANEW" not in os.environ:
            os.environ["PAGE_ANEW"] = "1"
            os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
        return "there is no selenium for Python"
    # A browser asks the kernel for its addresses; where the network lock is stuck that never ends, not even by SIGKILL.
    asked = subprocess.Popen(["ip", "address"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + ASKED
    while asked.poll() is None:
        if time.monotonic() > end:
            return f"the kernel does not tell its addresses within {ASKED} s: is its network lock held? (dmesg)"
        time.sleep(0.01)
    return ""


class Browser:
    """A window of some size; elements by CSS selector, conditions that are waited for."""

    def __init__(self, width=1280, height=900):
        self.size, self.driver = (width, height), None

    def __enter__(self):
        from selenium import webdriver  # pylint: disable=import-outside-toplevel
        from selenium.webdriver.chrome.service import Service  # pylint: disable=import-outside-toplevel

        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.driver.set_page_load_timeout(PATIENCE)
        self.resize(*self.size)
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def resize(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def prefer(self, scheme):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                                    {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, url):
        self.driver.get(url)

    def js(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def all(self, selector, what):
        """[attribute or text of every element]; what: "text" or "@data-x"."""
        get = f"e.getAttribute('{what[1:]}')" if what[0] == "@" else "e.textContent"
        return self.js(f"return [...document.querySelectorAll(arguments[0])].map(e => {get})", selector)

    def one(self, selector, what="text"):
        found = self.all(selector, what)
        assert len(found) == 1, f"{selector}: {found}"
        return found[0]

    def click(self, selector):
        self.js("document.querySelector(arguments[0]).dispatchEvent(new MouseEvent('click', {bubbles: true}))", selector)

    def press(self, *keys):
        from selenium.webdriver.common.action_chains import ActionChains  # pylint: disable=import-outside-toplevel
        ActionChains(self.driver).send_keys(*keys).perform()

    def until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not (value := condition()):
            assert time.monotonic() < end, f"never: {what}; the page says: {self.all('#state, #progress, #refused', 'text')}"
            time.sleep(0.1)
        return value

    def errors(self):
        """What the console has said since the last time, but for remarks."""
        return [e["message"] for e in self.driver.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
