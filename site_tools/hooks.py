"""Hooks of MkDocs: pages that are made of the code, and links that lead to them.

The pages of docs/ are written for GitHub and for the tests, which run their blocks. Two things
differ on the site: fences of printed output have no second word, and links to examples, notebooks
and messages lead to pages that show them.
"""

import ast
import functools
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from site_tools import catalogue, explored, notebooks, pictures, reference  # noqa: E402

FENCE = re.compile(r"^```(\w+) output$", re.MULTILINE)
NOTEBOOK = re.compile(r"(?<!as a notebook)\]\((\w+)\.ipynb\)")
EXAMPLE = re.compile(r"\]\(\.\./examples/(\w+)\.py\)")


def on_config(config: Any) -> Any:
    """Let the gallery have a page for each example."""
    for entry in config.nav:
        if "Gallery" in entry:
            entry["Gallery"] = ["examples.md", *(name for name in pages() if "gallery" in name)]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that no file of docs/ holds."""
    docs = Path(config.docs_dir)
    made = pages() | explored.pages(docs) | notebooks.pages(docs) | drawings()
    for path, text in made.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    markdown = FENCE.sub(r"```\1", markdown)
    markdown = explored.shown(Path(page.file.src_uri).stem, markdown)
    if page.file.src_uri == "examples.md":
        markdown = gallery(markdown)
    markdown = EXAMPLE.sub(r"](gallery/\1.md)", markdown)
    markdown = NOTEBOOK.sub(r"](\1.md)", markdown)
    markdown = markdown.replace("](../tests/messages)", "](errors.md)")
    return markdown.replace("](../examples)", "](examples.md)")


def pages() -> dict[str, str]:
    """The text of each generated page, by its path on the site."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = {"contributing.md": contributing.replace("](docs/", "](")}
    found["errors.md"] = catalogue.page()
    found |= {f"reference/{name}.md": text for name, text in reference.pages().items()}
    found |= {f"gallery/{p.stem}.md": example(p) for p in sorted((ROOT / "examples").glob("*.py"))}
    return found


def example(path: Path) -> str:
    """An example: its docstring as the text, then its code."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    title, _, rest = (ast.get_docstring(tree) or path.stem).partition("\n")
    after = "\n".join(source.splitlines()[tree.body[0].end_lineno :]).strip()
    rest = re.sub(r"(?m)^(\s{4,}python .*)$", r"\1", rest)
    return (
        f"---\nsearch: {{boost: 0.5}}\n---\n# {path.stem.replace('_', ' ').capitalize()}\n\n"
        f"{title}\n{rest}\n\n{picture_of(path.stem)}[All examples](../examples.md)\n\n"
        f'```python title="examples/{path.name}"\n{after}\n```\n'
    )


@functools.cache
def drawings() -> dict[str, str]:
    """The pictures of the examples, by their path on the site."""
    drawn = {p.stem: pictures.drawn(p) for p in sorted((ROOT / "examples").glob("*.py"))}
    return {f"pictures/{name}.svg": svg for name, svg in drawn.items() if svg is not None}


def picture_of(name: str) -> str:
    is_there = f"pictures/{name}.svg" in drawings()
    return f"![What {name}.py draws](../pictures/{name}.svg)\n\n" if is_there else ""


def gallery(markdown: str) -> str:
    """The list of examples, with their pictures before it."""
    shown = "".join(
        f'<a href="gallery/{Path(path).stem}.html"><img src="{path}" alt="" loading="lazy">'
        f"{Path(path).stem.replace('_', ' ')}</a>\n"
        for path in drawings()
    )
    before, bar, after = markdown.partition("\n| Example |")
    return f'{before}\n<div class="gallery">\n{shown}</div>\n{bar}{after}'
