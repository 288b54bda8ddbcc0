"""Back-test: two sets of 30 policies over a million decisions, as `vouch backtest` does it.

The history is made up (`benchmarks/crowd.py`): sign-ups and payments in equal parts, a tenth
late, tokens after Zipf. The policies read flags, texts, 22 windows of other events, amounts and
seconds that nearly never come twice, and one a quotient. Run it with ``--decisions 10000000``
to see how it grows.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

_BUDGET_SECONDS = 180
_OF_DECISIONS = 0.8  # the share of a crowd's events that ask
#: Conditions with a limit that the other set sets elsewhere.
_CONDITIONS = (
    "card_is_sent == 1 && card_is_prepaid == 1 && seats >= {}",
    "mfa_done == 0 && seats >= {}",
    "ip_is_anonymous == 1 && seats >= {}",
    "email_is_disposable == 1 && accounts_on_device_24h >= {}",
    "email_is_free == 1 && accounts_on_ip_24h >= {}",
    "ip_country_ne_billing == 1 && card_country_ne_billing == 1 && seats > {}",
    "accounts_on_device_10m >= {}",
    "accounts_on_device_30d >= {} || accounts_on_device_365d > 40",
    "accounts_on_ip_10m >= {}",
    "accounts_on_ip_30d >= {}",
    "accounts_on_network_1h >= {}",
    "accounts_on_network_24h >= {} && email_is_free == 1",
    "signups_from_email_domain_24h >= {}",
    "signups_with_email_24h >= {}",
    "accounts_on_card_24h >= {} || accounts_on_card_30d >= 9",
    "accounts_on_phone_30d >= {}",
    "accounts_at_address_30d >= {}",
    "accounts_in_name_30d >= {} && phone_is_voip == 1",
    "cards_on_device_1h >= {}",
    "cards_on_device_24h >= {} || cards_on_network_24h >= 30",
    "emails_on_device_24h >= {}",
    "names_on_card_30d >= {}",
    "devices_on_card_30d >= {}",
    "declines_on_card_24h >= {} || declined_share_on_card > 0.5",
    "form_seconds < {}00.5 && session_seconds < 30000.5",
    "form_seconds < 9000.5 && amount > {}000 && session_seconds < 50000.5",
    'country in ["US", "GB"] && amount > {}0000',
    'country == "BE" && card_funding == "debit" && amount >= {}5000',
    "most_accounts_sharing >= {} && amount > 50000",
    "seats >= {} && amount / seats > 20000.0",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    events = int(parser.parse_args().decisions / _OF_DECISIONS)
    with tempfile.TemporaryDirectory(prefix="vouch-bench-") as folder:
        home = Path(folder)
        history, now, then = home / "events.parquet", home / "now.yaml", home / "then.yaml"
        write = [sys.executable, "-m", "benchmarks.crowd", str(history), str(events)]
        subprocess.run(write, check=True)
        now.write_text(yaml.safe_dump(thirty_policies(3)))
        then.write_text(yaml.safe_dump(thirty_policies(5)))
        command = [sys.executable, "-m", "vouch", "backtest", str(then), "--against", str(now)]
        command += ["--history", str(history), "--json"]
        with (home / "report.json").open("w+") as told:
            started = time.perf_counter()
            asked = subprocess.Popen(command, stdout=told)
            _, status, used = os.wait4(asked.pid, 0)
            seconds = time.perf_counter() - started
            asked.returncode = os.waitstatus_to_exitcode(status)
            assert asked.returncode == 0
            told.seek(0)
            _tell(json.load(told), seconds, used)


def thirty_policies(limit: int) -> list[dict[str, Any]]:
    """Policies of sign-ups and payments as they stand in YAML."""
    return [
        {
            "id": f"P{number:02}",
            "moments": ["signup", "payment"],
            "when": condition.format(limit if number % 3 else 4),
            "outcome": ("challenge", "review", "decline")[number % 3],
            **({} if number % 3 else {"challenges": ["sms"]}),
            "unknown": "review" if number % 7 == 0 else "ignore",
            "owner": "bench",
            "analyst": "a",
            "customer": "c",
        }
        for number, condition in enumerate(_CONDITIONS)
    ]


def _tell(report: dict[str, Any], seconds: float, used: resource.struct_rusage) -> None:
    decisions = sum(tested["rows"] for tested in report["moments"])
    print(f"{decisions:,} decisions under two sets of {len(_CONDITIONS)} policies:")
    work, gib = used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20
    asked = f"(budget for a million: {_BUDGET_SECONDS} s on two cores)"
    print(f"  {seconds:.1f} s, {work:.1f} s of work, {gib:.2f} GiB   {asked}")
    for tested in report["moments"]:
        moves = tested["evaluation"]["transitions"]
        changed = sum(one["found"]["rows"] for one in moves if one["now"] != one["then"])
        print(f"  {tested['moment']}: {tested['rows']:,}, {changed:,} would get another outcome")


if __name__ == "__main__":
    main()
