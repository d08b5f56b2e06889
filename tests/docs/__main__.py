"""python -m tests.docs: bring the output blocks of README and documentation up to date."""

import tempfile
from pathlib import Path

from tests.docs.pages import PAGES, ROOT, refreshed

for page in PAGES:
    with tempfile.TemporaryDirectory() as folder:
        text = refreshed(page, Path(folder))
    if text != page.read_text():
        page.write_text(text)
        print(f"rewrote {page.relative_to(ROOT)}")
