"""Chromium, headless, by way of chromedriver and the little of WebDriver that a scan needs."""

import json
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

# How long a page may take to come, in seconds.
PATIENCE = 30
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage", "--lang=en"]


class Browser:
    """A browser with a profile of its own. Leaving the context ends it."""

    def __enter__(self):
        if not shutil.which("chromedriver"):
            raise RuntimeError("chromedriver is not installed; on Debian: apt-get install chromium chromium-driver")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.profile = tempfile.TemporaryDirectory(prefix="proof-", ignore_cleanup_errors=True)
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        patience = threading.Timer(60, self.driver.kill)
        patience.start()
        port = None
        for line in self.driver.stdout:
            if "successfully on port " in line:
                port = int(line.split("on port ")[1].strip().rstrip("."))
                break
        patience.cancel()
        self.session = None
        try:
            self.base = f"http://127.0.0.1:{port}"
            options = {"args": [*FLAGS, f"--user-data-dir={self.profile.name}", "--window-size=1000,1200"]}
            wishes = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "timeouts": {"script": 60000}}}}
            self.session = self.ask("POST", "/session", wishes)["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.session:
            try:
                self.tell("DELETE", "")
            except (OSError, RuntimeError):
                # It ends with its driver.
                pass
        self.driver.terminate()
        try:
            self.driver.wait(10)
        except subprocess.TimeoutExpired:
            self.driver.kill()
            self.driver.wait()
        self.driver.stdout.close()
        self.profile.cleanup()

    def ask(self, method, path, body=None):
        """What the driver answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self.opener.open(request, timeout=90) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(f"{method} {path}: {error.read().decode(errors='replace')[:500]}") from None

    def tell(self, method, path, body=None):
        """As `ask`, of this session."""
        return self.ask(method, f"/session/{self.session}{path}", body)

    def open(self, url):
        """Opens an address."""
        self.tell("POST", "/url", {"url": url})

    def click(self, css):
        """Clicks the first element that a selector finds."""
        found = self.tell("POST", "/element", {"using": "css selector", "value": css})
        self.tell("POST", f"/element/{found[ELEMENT]}/click", {})

    def send(self, css):
        """Clicks a button that sends a form, and waits for the page that answers it."""
        self.script("window.asked = true")
        self.click(css)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if self.script("return !window.asked && document.readyState === 'complete'"):
                    return
            except RuntimeError:
                # The page before may go away while it is asked.
                pass
            time.sleep(0.02)
        raise RuntimeError(f"no page answers {css} within {PATIENCE} s")

    def script(self, script, *arguments):
        """What a script returns."""
        return self.tell("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def later(self, script, *arguments):
        """What a script hands to its last argument, a function."""
        return self.tell("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def scheme(self, name):
        """Makes the reader one who prefers `light` or `dark`."""
        parameters = {"features": [{"name": "prefers-color-scheme", "value": name}]}
        self.tell("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": parameters})
