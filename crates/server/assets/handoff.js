// The issuer’s side of a hand-off (docs/handoff.md).
