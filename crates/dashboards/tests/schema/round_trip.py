"""Reads JSON by Grafana's foundation SDK, writes it again, and prints what is not the same: a key that Grafana does not know is lost.

Arguments: the SDK's folder. Input: {"dashboards": [...], "rules": [...]}. Output: {"place": how often}.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.alerting import Rule
from grafana_foundation_sdk.models.dashboard import Dashboard


def differences(given, kept, place):
    if given is None:
        return
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            yield from differences(value, kept.get(key), f"{place}.{key}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for one, other in zip(given, kept):
            yield from differences(one, other, f"{place}[]")
    elif given != kept:
        yield place


register_default_plugins()
given = json.load(sys.stdin)
counts = {}
for kind, model in (("dashboards", Dashboard), ("rules", Rule)):
    for one in given[kind]:
        kept = json.loads(json.dumps(model.from_json(one), cls=JSONEncoder))
        for place in differences(one, kept, kind):
            counts[place] = counts.get(place, 0) + 1
print(json.dumps(counts))
