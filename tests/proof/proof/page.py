"""axe-core over every state of the customer's page, the mails and the local console: no violation of WCAG 2.1 AA."""

import base64
import json
from importlib.util import find_spec
from pathlib import Path

from . import OUTPUT
from .browser import Browser
from .local import Local

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
LANGUAGES = ["en", "cs", "de", "fr"]
RUN = """
const [tags, done] = arguments;
axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}).then(
  r => done({violations: r.violations.map(v => [v.id, v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary)]), passes: r.passes.length}),
  e => done({error: String(e)}));
"""


class Scan:
    """Pages scanned so far, and what is wrong with them."""

    def __init__(self, part, browser):
        self.part, self.browser = part, browser
        source = Path(find_spec("axe_playwright_python").origin).with_name("axe.min.js")
        self.axe = source.read_text(encoding="utf-8")
        self.pages = self.rules = 0
        self.violations = []

    def page(self, name, expected=None):
        """Scans what is shown now, for readers of both schemes. `expected` is a selector that shows it is the page meant."""
        if expected and not self.browser.script("return document.querySelectorAll(arguments[0]).length", expected):
            self.part.fails(f"{name}: the page has no {expected}")
        self.browser.script(self.axe)
        for scheme in ("light", "dark"):
            self.browser.scheme(scheme)
            found = self.browser.later(RUN, TAGS)
            if "error" in found or not found["passes"]:
                self.part.fails(f"{name}: axe-core could not be run: {found}")
                continue
            self.pages += 1
            self.rules += found["passes"]
            for rule, nodes in found["violations"]:
                self.violations.append({"page": name, "scheme": scheme, "rule": rule, "nodes": nodes})

    def open(self, name, url, expected=None):
        """Opens an address and scans it."""
        self.browser.open(url)
        self.page(name, expected)


def customer(scan, stack, language):
    """All that a customer can come to, in its language."""
    address = f"eva.{language}@contoso.com"
    scopes = [{"workload": "exchange_online"}, {"workload": "intune"}]
    if language == "en":
        stack.claim(contact="jana@contoso.com")
        scan.open("one service", stack.link("jana@contoso.com"), "a.button")
        scan.open("one service, decline", stack.link("jana@contoso.com") + "?step=decline", "textarea")
    stack.claim(contact=address, language=language, scopes=scopes, name=f"Contoso {language}")
    link = stack.link(address)
    at = lambda what: f"{what} ({language})"
    scan.open(at("waiting"), link, "a.button")
    scan.open(at("decline"), f"{link}?step=decline&lang={language}", "input[type=checkbox]")
    for box in scan.browser.script("return [...document.querySelectorAll('input[type=checkbox]')].map(e => e.value)"):
        scan.browser.click(f"input[value={box}]")
    scan.browser.send("form button")
    scan.page(at("form with an error"), "[role=alert]")
    scan.open(at("decline one"), f"{link}?step=decline&lang={language}")
    scan.browser.click("input[value=s2]")
    scan.browser.send("form button")
    scan.page(at("one declined"), "[role=status] form")
    scan.browser.send("[role=status] form button")
    scan.page(at("taken back"), "[role=status]")
    scan.open(at("accept"), f"{link}?step=accept&lang={language}", "form")
    scan.browser.send("form button")
    scan.page(at("accepted"), "[role=status]")
    scan.open(at("official"), link, "h1")
    scan.open(at("decline when official"), f"{link}?step=decline&lang={language}", "textarea")
    scan.browser.send("form button")
    scan.page(at("declined"), "[role=status]")
    scan.open(at("after the decline"), link, "h1")


def mails(scan, stack):
    """Every kind of mail in every language, as a page of its own: in the console it is in a frame that runs no script."""
    kinds = {}
    for mail in stack.mails():
        kinds.setdefault(mail["subject"], mail)
    for subject, mail in kinds.items():
        scan.open(f"mail: {subject}", "data:text/html;charset=utf-8;base64," + base64.b64encode(mail["html"].encode()).decode())
    return kinds


def run(part, quick):
    """The customer's page in all languages, the console, and the mails."""
    with Local("page") as stack, Browser() as browser:
        stack.furnish()
        scan = Scan(part, browser)
        scan.open("empty inbox", f"{stack.gateway}/_local/inbox", "p.empty")
        for language in LANGUAGES[:1] if quick else LANGUAGES:
            customer(scan, stack, language)
        stack.claim(contact="iva@contoso.com", scopes=[{"workload": "teams_phone"}])
        stack.claim(contact="iva@elsewhere.example", scopes=[{"workload": "viva_engage"}])
        stack.advance("P14D")
        scan.open("expired window", stack.link("iva@contoso.com"), "h1")
        scan.open("neutral", f"{stack.links}/nothing", "main")
        wrong = f"{stack.link('iva@contoso.com')}"
        browser.open(wrong + "?step=decline")
        browser.script("document.querySelector('form input[name=decision]').value = 'perhaps'")
        browser.send("form button")
        scan.page("something went wrong", "main")
        scan.open("inbox", f"{stack.gateway}/_local/inbox", "ol.mails")
        kinds = mails(scan, stack)
        for mail in list(kinds.values())[:3]:
            scan.open("mail in the console", f"{stack.gateway}/_local/inbox/{mail['id']}", "iframe")
        browser.send("button[value=delivery]")
        scan.page("mail with an event", "[role=status]")
    (OUTPUT / "page.json").write_text(json.dumps(scan.violations, indent=2), encoding="utf-8")
    for violation in scan.violations:
        part.fails(f"{violation['page']}, {violation['scheme']}: {violation['rule']}: {violation['nodes'][0][:200]}")
    part.count("pages scanned (axe-core, WCAG 2.1 AA, light and dark)", scan.pages)
    part.count("rules passed", scan.rules)
    part.count("violations", len(scan.violations))
