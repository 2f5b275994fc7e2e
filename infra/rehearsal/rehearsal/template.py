"""The template as CloudFormation sees it: read, packaged and translated by the translator that AWS itself applies."""

import copy
import json
import sys
from pathlib import Path

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "infra" / "template.yaml"
REGION = "eu-central-1"


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms of its functions."""


def _short_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def read(path=TEMPLATE):
    """The template as it is written."""
    return yaml.load(Path(path).read_text(encoding="utf-8"), _Loader)


def functions(template):
    """The functions' logical IDs, each with the directory of its binary, whose name is the binary's."""
    found = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            found[name] = Path(resource["Properties"]["CodeUri"]).name
    return found


def packaged(template, bucket):
    """As `sam package` leaves it: each function's code is an object in a bucket."""
    template = copy.deepcopy(template)
    for name, binary in functions(template).items():
        template["Resources"][name]["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": f"{binary}.zip"}
    return template


def translated(template, parameters=None):
    """What becomes of a packaged template: resources of CloudFormation only. It names no policy of AWS's by a short name."""
    translator = Translator({}, Parser(), boto_session=boto3.session.Session(region_name=REGION))
    return translator.translate(copy.deepcopy(template), parameter_values=dict(parameters or {}))


if __name__ == "__main__":
    # For scanners that read CloudFormation: `python -m rehearsal.template`.
    json.dump(translated(packaged(read(), "code")), sys.stdout, indent=1)
