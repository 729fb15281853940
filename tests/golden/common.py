"""How golden files are written: one list of cases, floats with all their digits."""

import json
from pathlib import Path


def plain(value):
    """numpy to JSON; a missing number is null."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def case(method, source, values, tolerance=1e-9, reason="the house tolerance: both sides are double precision", **inputs):
    return plain(dict(method=method, source=source, tolerance=tolerance, reason=reason, values=values, **inputs))


def write(script, cases, **shared):
    path = Path(script).with_suffix(".json")
    rows = ",\n".join("  " + json.dumps(item) for item in cases)
    head = "".join(f' {json.dumps(key)}: {json.dumps(plain(value))},\n' for key, value in shared.items())
    path.write_text("{\n" + head + ' "cases": [\n' + rows + "\n ]\n}\n")
    print(path.name, len(cases), "cases")
