"""Where an option's value comes from: flag, variable, configuration file, default, in this order."""

from pathlib import Path

import pytest

from server import config, options
from server.options import Form, Operand, Option, count, words, yes

PORT = Option("port", "PORT", "1", "a port", count(0, 9))
LOUD = Option("loud", "", "0", "speak up", yes)
NAMES = Option("name", "NAME", "", "a name", lambda text: text.split("\n"), repeats=True)
ONCE = Option("once", "WORD", "no", "for this time only", words, lasts=False)
FORM = Form("Do it.", (PORT, LOUD, NAMES, ONCE), (Operand("table", "the table"),))
ALL = (*FORM.options[:3], Option("elsewhere", "", "0", "another command's", yes))


def read(
    *flags: str, variables: dict[str, str] | None = None, file: Path | str | None = None
) -> options.Given:
    where = [] if file is None else ["--config", str(file)]
    return options.read(FORM, ["T", *where, *flags], variables or {}, "do", ALL)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "do.toml"
    path.write_text('port = 4\nloud = true\nname = ["a", "b"]\nelsewhere = false\n')
    return path


def test_a_flag_beats_a_variable_beats_the_file_beats_the_default(file: Path) -> None:
    variables = {"DYNALITE_PORT": "3"}
    assert read("--port", "2", variables=variables, file=file)["port"] == 2
    assert read(variables=variables, file=file)["port"] == 3
    assert read(file=file)["port"] == 4
    assert read()["port"] == 1


def test_the_file_has_flags_and_lists_in_tomls_own_words(file: Path) -> None:
    given = read(file=file)
    assert given["loud"] is True
    assert given["name"] == ["a", "b"]


def test_a_variable_can_name_the_file(file: Path) -> None:
    assert read(variables={"DYNALITE_CONFIG": str(file)})["port"] == 4


def test_a_file_that_merely_lies_there_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.rename(file.with_name("dynalite.toml"))
    monkeypatch.chdir(file.parent)
    assert read()["port"] == 1


def test_what_is_for_this_time_only_has_no_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert read(variables={"DYNALITE_ONCE": "yes"})["once"] == "no"
    with pytest.raises(SystemExit):
        read("--help")
    assert "DYNALITE_ONCE" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "prot = 1",
            "the configuration file {file} has prot, but there is no such option; is it port?",
        ),
        ("once = 'x'", "the configuration file {file} has once, but there is no such option"),
        ("[port]\nx = 1", "port in {file} must be a text, a number or true or false"),
        ("port = [1]", "port in {file} must be a text, a number or true or false"),
        ("name = [[1]]", "name in {file} must be a text, a number or true or false, or a list of them"),
        ("port = 10", "port in {file} must be a number from 0 to 9, not '10'"),
        ("port = true", "port in {file} must be a number from 0 to 9, not 'true'"),  # it was read as 1
        ("port", "the configuration file {file} is not TOML: Expected '=' after a key"),
    ],
)
def test_nonsense_in_the_file_is_named_in_one_sentence(
    text: str, sentence: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    with pytest.raises(SystemExit) as exit_:
        read(file=file)
    assert exit_.value.code == 2
    said = capsys.readouterr().err.rstrip().rpartition("do: error: ")[2]
    assert said.startswith(sentence.format(file=file))
    assert "\n" not in said


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read(file=tmp_path / "none")
    assert f"{tmp_path / 'none'} cannot be read: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "variables", "folder"),
    [
        ("in-memory = true", {}, None),
        ("in-memory = true", {"DYNALITE_DATA": "d"}, Path("d")),
        ("data = 'd'", {"DYNALITE_IN_MEMORY": "1"}, None),
        ("data = 'd'", {"DYNALITE_IN_MEMORY": "0"}, Path("d")),
        ("data = 'd'\nin-memory = false", {}, Path("d")),
    ],
)
def test_the_nearest_word_about_memory_or_folder_counts_in_the_file_too(
    text: str, variables: dict[str, str], folder: Path | None, file: Path
) -> None:
    file.write_text(text)
    wanted = config.read(["--config", str(file)], variables, "dynalite serve")
    assert wanted.settings.data_folder == folder
