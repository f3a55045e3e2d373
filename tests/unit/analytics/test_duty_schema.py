"""The JSON schema of a matrix file says what the reader of the file says."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from analytics.duties.file import default_source, parse_matrix
from analytics.duties.schema import json_schema
from analytics.errors import BadDuties

TEXT = default_source()
PAGE = Path(__file__).parents[3] / "docs" / "duties.schema.json"


def validator() -> Draft202012Validator:
    schema: Mapping[str, object] = json.loads(PAGE.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def is_valid(text: str) -> bool:
    # As an editor sees the file: dates are words in JSON.
    content = yaml.load(text, yaml.BaseLoader)
    return validator().is_valid(typed(content))


def typed(value: object) -> object:
    if isinstance(value, dict):
        return {key: typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    if value in ("true", "false"):
        return value == "true"
    return int(value) if isinstance(value, str) and value.isdigit() else value


def test_the_schema_in_the_documents_is_the_reader_s_own() -> None:
    assert PAGE.read_text("utf-8") == json_schema()


def test_the_product_s_own_matrix_fits_the_schema() -> None:
    assert is_valid(TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("responsible: water_company", "responsible: waterworks"),
        ("chain: [telecom_operator, community, street]", "chain: []"),
        ("acknowledge: 60, confirm: 180", "acknowledge: 0, confirm: 180"),
        ("opens_order: true", "opens_order: perhaps"),
        ('hours: ["22:00-06:00"]', 'hours: ["22:00-26:00"]'),
        ("days: [holiday]", "days: [feast]"),
        ("key: fire\n", "key: Fire!\n"),
        ("name: default\n", "name: default\nnick: x\n"),
        ("    tells_bureau: true\n", ""),
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(old: str, new: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    assert not is_valid(text)
    with pytest.raises(BadDuties):
        parse_matrix(text)
