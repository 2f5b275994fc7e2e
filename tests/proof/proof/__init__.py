"""The proof: what the project claims about itself, tried by one command."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# What the parts said in full, to be read when one fails.
OUTPUT = ROOT / "target" / "proof"
