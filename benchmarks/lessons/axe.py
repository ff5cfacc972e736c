"""Accessibility findings of an HTML file: axe-core inside a headless Chromium, without a driver.

The page is copied with axe-core's script and a line that runs it and writes the findings into the document, which
Chromium then prints. The page itself holds no script.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
RUN = """axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(function (found) {
  var said = {version: axe.version, violations: found.violations, incomplete: found.incomplete,
              passes: found.passes.length};
  var pre = document.createElement('pre'); pre.id = 'axe-findings'; pre.textContent = JSON.stringify(said);
  document.body.appendChild(pre);
});"""


@dataclass(frozen=True)
class Finding:
    """A rule that a page breaks: its impact, and how many elements break it."""

    rule: str
    impact: str
    elements: int
    example: str


@dataclass(frozen=True)
class Report:
    """What axe-core says about a page; `unsure` are rules that a person has to judge."""

    version: str
    passes: int
    findings: tuple[Finding, ...]
    unsure: tuple[Finding, ...]


def check_page(page: Path, axe: Path, *, width: int = 1280) -> Report:
    """Run axe-core on a page, its answers opened."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no chromium was found: apt-get install chromium")
    text = page.read_text(encoding="utf-8").replace("<details>", "<details open>")
    script = axe.read_text(encoding="utf-8").replace("</script>", "<\\/script>")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / page.name
        copy.write_text(text.replace("</body>", f"<script>{script}</script><script>{RUN}</script></body>"))
        command = [browser, *FLAGS, f"--user-data-dir={folder}/profile", f"--window-size={width},2000",
                   "--virtual-time-budget=60000", "--dump-dom", copy.as_uri()]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    found = re.search(r'<pre id="axe-findings">(.*?)</pre>', done.stdout, re.DOTALL)
    if found is None:
        raise SystemExit(f"axe-core gave no findings for {page}: {done.stderr[-500:]}")
    said = json.loads(html.unescape(found[1]))
    return Report(
        version=said["version"],
        passes=said["passes"],
        findings=tuple(_finding(item) for item in said["violations"]),
        unsure=tuple(_finding(item) for item in said["incomplete"]),
    )


def _finding(item: dict) -> Finding:
    return Finding(item["id"], item["impact"] or "", len(item["nodes"]), item["nodes"][0]["html"][:160])
