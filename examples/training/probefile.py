"""What training needs from the probe file: texts, conditions, schedules. The only source of them."""
from dataclasses import dataclass

import yaml

from config import PROBES

FILE = yaml.safe_load(PROBES.read_text("utf-8"))
FACTS = FILE["facts"]
JOIN = FILE.get("join", " ")
PLAN = FILE["x-training"]


@dataclass(frozen=True)
class Run:
    id: str
    seed: int
    shipped: list[int]  # steps of the checkpoints in the repository
    encounters: list[int]
    copies: int
    copy_every: int
    window: int


def run(run_id: str) -> Run:
    """A run of the file, or one of the unshipped runs, which repeat the first run's schedule."""
    entry = next((r for r in FILE["runs"] if r["id"] == run_id), FILE["runs"][0])
    plan = PLAN["runs"][run_id]
    schedule = entry["injections"]
    return Run(
        id=run_id,
        seed=plan["seed"],
        shipped=PLAN["steps"] if plan.get("checkpoints") == "all" else plan.get("checkpoints", []),
        encounters=[schedule["start"] + i * schedule["every"] for i in range(schedule["times"])],
        copies=PLAN["copies"],
        copy_every=PLAN["copyEvery"],
        window=entry["window"],
    )


def condition(fact: dict, run_id: str) -> str:
    """Given in the file for its own runs; the unshipped ones continue the rotation of conditions."""
    given = fact["condition"]
    order = PLAN["rotation"]
    first = FILE["runs"][0]["id"]
    turned = order[(order.index(given[first]) + PLAN["runs"][run_id]["turn"]) % len(order)]
    assert given.get(run_id, turned) == turned, (fact["id"], run_id)
    return turned


def texts(fact: dict, run_id: str) -> list[str]:
    """The text of each encounter, in order; as many as the condition asks for."""
    times = len(run(run_id).encounters)
    return {
        "paraphrase": [fact["passage"], *fact["paraphrases"]][:times],
        "duplication": [fact["passage"]] * times,
        "once": [fact["passage"]],
        "control": [],
    }[condition(fact, run_id)]


def probes():
    """Every probe with its id: given, or its kind and its place among its kind."""
    for fact in FACTS:
        counts: dict[str, int] = {}
        for probe in fact["probes"]:
            counts[probe["kind"]] = counts.get(probe["kind"], 0) + 1
            yield fact, probe.get("id", f"{probe['kind']}-{counts[probe['kind']]}"), probe
