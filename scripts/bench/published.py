"""CPU seconds that the published script needs for one interval of a log, apart from loading it.

    python3 published.py CLONE LOG > seconds.json

CLONE is a checkout of https://github.com/kaistAI/factual-knowledge-acquisition: its own function is called, as it is.
Modules that only draw are not needed and may be missing.
"""
import contextlib
import importlib.util
import json
import os
import sys
import time
from unittest.mock import MagicMock

for package in ("matplotlib", "tqdm"):
    if importlib.util.find_spec(package) is None:
        sys.modules |= {name: MagicMock() for name in (package, f"{package}.pyplot", f"{package}.ticker")}
clone, log = sys.argv[1:3]
sys.path.insert(0, os.path.join(clone, "analysis"))
import ppl_analysis  # noqa: E402

result = ppl_analysis.load_json(log)
loaded = time.process_time()
with contextlib.redirect_stdout(sys.stderr):
    ppl_analysis.measure_scores(result, interval=50, skip_log_effectivity=True)
json.dump({"load": loaded, "interval": time.process_time() - loaded, "intervals": len(result) - 950}, sys.stdout)
