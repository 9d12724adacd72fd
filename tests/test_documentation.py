"""What is documented exists, and what exists is documented: commands, options, links, configuration files."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from workbench.cli import app
from workbench.config import ModelCard, load_yaml
from workbench.evaluate.shapes import SuiteConfig
from workbench.jobs.config import JobConfig
from workbench.metrics.learned import MetricCard
from workbench.training.scorer import ScorerConfig
from workbench.training.settings import TrainingConfig

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
    *sorted((ROOT / "examples").glob("*.md")),
]
SHAPES = {
    "configs/jobs": JobConfig,
    "configs/metrics": MetricCard,
    "configs/models": ModelCard,
    "configs/scorer": ScorerConfig,
    "configs/training": TrainingConfig,
    "eval/suites": SuiteConfig,
}
FILES = sorted(path for folder in ("configs", "eval/suites") for path in (ROOT / folder).rglob("*.y*ml"))


def commands(group, path="workbench"):
    """Every command that users see, with its full name."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(get_command(app)))


def section(title):
    """The README's text under one heading."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title!r}"
    return found[2]


def test_the_two_commands_come_first():
    first = re.search(r"```sh\n(.*?)```", README, re.DOTALL)[1]
    assert re.findall(r"^make \w+", first, re.MULTILINE) == ["make brief", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^make (\w+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"the Makefile has no {target}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_and_helps(name):
    assert f"### `{name}`" in README
    assert COMMANDS[name].help
    assert len(COMMANDS[name].help) > 20


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_helps(name):
    told = section(f"`{name}`") + section("Options for reading")
    for option in COMMANDS[name].params:
        if option.param_type_name == "option" and not getattr(option, "hidden", False):
            for spelling in option.opts:
                assert re.search(rf"`{re.escape(spelling)}\b", told), f"{name} {spelling} is not in README.md"
            assert option.help, f"{name} {option.opts} has no help"


def test_no_command_is_documented_that_does_not_exist():
    for name in re.findall(r"^### `(workbench [\w ]+)`", README, re.MULTILINE):
        assert name in COMMANDS
    for line in re.findall(r"^(?:[^#\n]*\| )?\.?[\w./]*(workbench [a-z]+)", README, re.MULTILINE):
        assert any(name.startswith(line) for name in COMMANDS), line


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif "://" not in target:
            assert (path.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_configuration_file_loads(path):
    folder = str(path.parent.relative_to(ROOT))
    assert folder in SHAPES, f"say in this test what the files in {folder} are"
    assert load_yaml(path, SHAPES[folder])


def test_a_card_is_named_as_its_file():
    for path in (ROOT / "configs/models").glob("*.yaml"):
        assert load_yaml(path, ModelCard).name == path.stem


def test_the_library_example_imports_what_exists():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    imports = [line for line in example.splitlines() if line.startswith("from ")]
    assert len(imports) == 5
    exec("\n".join(imports), {})
    compile(example, "README.md", "exec")


def test_modules_say_what_they_are_for():
    for path in (ROOT / "workbench").rglob("*.py"):
        assert path.read_text(encoding="utf-8").lstrip().startswith('"""'), path
