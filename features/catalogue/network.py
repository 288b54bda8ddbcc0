"""When and how things were seen: first sightings, rhythm, bursts."""

from __future__ import annotations

from features.catalogue.event import DOOR
from features.declaration import Daily, Ratio, Recent, Window
from features.durations import MINUTE, days, hours, minutes
from features.formulas.counts import share
from features.formulas.daily import recent_over_before
from features.formulas.recent import burst, gap_variation

email_seen_for_days = Window(
    first=True,
    by="email",
    events=("signup", "payment"),
    over=(days(3650),),
    unit=days(1),
    at=DOOR,
    why="An address known for years is somebody's.",
)
email_domain_seen_for_days = Window(
    first=True,
    by="email_domain",
    events="signup",
    over=(days(3650),),
    unit=days(1),
    at=DOOR,
    why="A company whose people have signed up for years exists.",
)
device_seen_for_days = Window(
    first=True,
    by="device",
    events=("signup", "payment"),
    over=(days(3650),),
    unit=days(1),
    at=DOOR,
    why="Stolen cards come from devices never seen before.",
)
card_seen_for_days = Window(
    first=True,
    by="card",
    events=("signup", "payment"),
    over=(days(3650),),
    unit=days(1),
    at=DOOR,
    why="A card that has paid for long is likely to go on.",
)
card_bin_seen_for_days = Window(
    first=True,
    by="card_bin",
    events=("signup", "payment"),
    over=(days(3650),),
    unit=days(1),
    at=DOOR,
    why="Testers bring cards of banks nobody here has used.",
)
reseller_known_for_days = Window(
    first=True,
    by="reseller",
    events=("signup", "payment"),
    over=(days(3650),),
    unit=days(1),
    at=(*DOOR, "checkup"),
    why="A new channel has yet to show whom it brings.",
)
signup_rhythm_on_network = Recent(
    rows=16,
    by="network",
    events="signup",
    over=hours(24),
    values=("occurred_at",),
    formula=gap_variation,
    parameters={"fewest": 4},
    at=("signup",),
    why="A script signs up like clockwork, people do not.",
)
signup_burst_on_network = Recent(
    rows=16,
    by="network",
    events="signup",
    over=hours(24),
    values=("occurred_at",),
    formula=burst,
    parameters={"width": MINUTE, "over": minutes(10)},
    at=("signup",),
    why="Many sign-ups within a minute are one attack.",
)
signups_on_asn = Daily(
    by="asn",
    events="signup",
    spans=((0, 1), (0, 7)),
    at=DOOR,
    why="An attack rents its machines at one provider.",
)
signups_from_country = Daily(
    by="country",
    events="signup",
    spans=((0, 1), (1, 8)),
    at=DOOR,
    why="How many come from a country.",
)
signups_from_country_grew = Daily(
    by="country",
    events="signup",
    spans=((0, 1), (1, 29)),
    formula=recent_over_before,
    parameters={"recent": 1, "before": 28},
    at=DOOR,
    why="A country that suddenly signs up has been discovered by somebody.",
)
reseller_signups_grew = Daily(
    by="reseller",
    events="signup",
    spans=((0, 1), (1, 29)),
    formula=recent_over_before,
    parameters={"recent": 1, "before": 28},
    at=DOOR,
    why="A channel that suddenly brings many customers has let somebody in.",
)
network_share_of_ip = Ratio(
    of=("accounts_on_ip_24h", "accounts_on_network_24h"),
    formula=share,
    at=DOOR,
    why="Many addresses of one network are one person moving about.",
)
