"""The readme of the package: README.md without the links into the repository, which lead nowhere
from a page elsewhere. All else is in pyproject.toml."""

import re
from pathlib import Path

from setuptools import setup

README = (Path(__file__).parent / "README.md").read_text(encoding="utf-8")

setup(
    long_description=re.sub(r"\[([^\]]+)\]\((?![a-z]+://|#)[^)]+\)", r"\1", README),
    long_description_content_type="text/markdown",
)
