"""Imports point down only; the command line starts without heavy packages."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "workbench"

LAYERS = [
    {"records", "errors"},
    {"text", "registry", "config", "versions"},
    {"sources", "engines", "metrics", "guards", "faithfulness", "glossary", "memory"},
    {"ingest", "translate", "summarise"},
    {"brief", "catalog"},
    {"jobs", "evaluate", "review", "training"},
    {"views"},
    {"cli", "__main__"},
]
LEVEL = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
SAME_ROOM_ALLOWED = {("__main__", "cli")}
HEAVY = ("torch", "transformers", "gradio", "datasets", "ctranslate2", "pydantic", "trafilatura", "numpy")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [
                f"{node.module}.{alias.name}" if node.module == "workbench" else node.module
                for alias in node.names
            ]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name and name.startswith("workbench.")}
    return rooms & set(LEVEL)


MODULES = sorted(
    p for p in PACKAGE.rglob("*.py") if p != PACKAGE / "__init__.py" and "resources" not in p.parts
)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path):
    room = room_of(path)
    assert room in LEVEL, f"{room} has no layer: add it to the table"
    for other in imported_rooms(path) - {room}:
        if (room, other) not in SAME_ROOM_ALLOWED:
            assert LEVEL[other] < LEVEL[room], f"{room} must not know {other}"


def test_records_and_errors_are_stdlib_only():
    for room in LAYERS[0]:
        for node in ast.walk(ast.parse((PACKAGE / f"{room}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                for name in names:
                    assert name.split(".")[0] in sys.stdlib_module_names, f"{room} imports {name}"


def test_help_loads_nothing_heavy():
    script = (
        "import sys\nsys.argv = ['workbench', '--help']\nfrom workbench.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("LOADED []"), done.stdout[-300:]
