"""HoVer's claims."""

from __future__ import annotations

from nbdspy.datasets.hover import claims, splits


def records(prefix: str, count: int) -> list[dict[str, object]]:
    return [
        {
            "uid": str(number),
            "claim": f"{prefix} {number}.",
            "supporting_facts": [[title, 0] for title in (("A", "B", "C", "A") if number % 2 else ("A", "B"))],
            "label": "SUPPORTED",
            "num_hops": 3,
        }
        for number in range(count)
    ]


def test_only_claims_that_need_three_pages_are_kept() -> None:
    table = claims(records("Claim", 4))

    assert table["claim"].tolist() == ["Claim 1.", "Claim 3."]
    assert table["gold_titles"].tolist() == [["A", "B", "C"]] * 2


def test_train_and_val_are_from_one_file_and_test_from_the_other() -> None:
    train, dev = claims(records("Train", 20)), claims(records("Dev", 10))
    dev.loc[0, "claim"] = train.loc[3, "claim"]

    drawn, val, test = splits(train, dev, sizes=(4, 6, 4))

    assert not set(drawn["claim"]) & set(val["claim"])
    assert test["claim"].str.startswith("Dev").all()
    assert (len(drawn), len(val), len(test)) == (4, 6, 4)
