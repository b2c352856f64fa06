"""`python -m server.reference [FOLDER]`: write the reference pages of a checkout anew."""

import sys
from pathlib import Path

from server.reference import PAGES
from server.reference.markdown import between_marks


def main(folder: Path) -> None:
    for name, text in PAGES.items():
        path = folder / name
        path.write_text(between_marks(path.read_text(), text()))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
