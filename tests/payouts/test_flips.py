"""A flipped byte of a sealed payout file is seen before anybody approves or releases it, whatever the profile.

Holds: one settled day with a file of every profile, each byte of each turned over in its turn.
Never holds: what a file should say (the tests of its channel).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.foundation.errors import Refused
from assets.foundation.store import Home
from assets.payouts.reading import listed_files
from assets.release.files import SealedFile, day_files
from tests.pipelines.homes import D1, D2, RULES, settle_days, write_home

PAYER = "initiator: Tea, debtor_name: Tea, debtor_account: '1', debtor_bank: '102100099996'"
SHEET = "payer_bank: Bank, payer_account: '12345', payer_name: Tea"
# A channel of A, who is paid on the second day.
CHANNELS = {
    "generic": ("{}", "a@example.org", "", ""),
    "alipay": ("{profile: alipay}", "a@example.org", "", ""),
    "alipay-xlsx": ("{profile: alipay, format: xlsx}", "a@example.org", "", ""),
    "wechat": ("{profile: wechat, appid: wx0123456789abcdef}", "oA", "", ""),
    "wechat-reservation": (
        "{profile: wechat, appid: wx0123456789abcdef, kind: reservation, names: send}",
        "oA",
        "",
        "",
    ),
    "unionpay": ("{profile: unionpay, mer_id: '898110000000001'}", "6221558812340000", "", ""),
    "unionpay-gbk": ("{profile: unionpay, mer_id: '898110000000001', encoding: GBK}", "6221558812340000", "", ""),
    "bank": (f"{{profile: bank, {PAYER}}}", "6222020000000000001", "102100099996", ""),
    "bank-03": (f"{{profile: bank, message: pain.001.001.03, {PAYER}}}", "6222020000000000001", "102100099996", ""),
    "icbc": (f"{{profile: bank_sheet, {SHEET}}}", "6222020000000000001", "", "ICBC"),
    "cmb": (f"{{profile: bank_sheet, bank: cmb, {SHEET}}}", "6222020000000000001", "", "ICBC"),
}


def settled(folder: Path, channel: str) -> Home:
    profile, account, code, bank = CHANNELS[channel]
    rules = RULES.replace("labour_method: monthly}", f"labour_method: monthly, channels: {{one: {profile}}}}}")
    assert rules != RULES
    home = write_home(folder / "home", rules=rules)
    (home.exports(D1) / "payout_accounts.csv").write_text(
        "member_id,channel,account_no,account_name,bank_code,bank_name,status\n"
        f"A,one,{account},An,{code},{bank},active\n",
        encoding="utf-8",
    )
    settle_days(home, D1, D2)
    return home


def refused(home: Home, file: SealedFile) -> bool:
    try:
        day_files(home, D2).payments(file)
    except Refused:
        return True
    return False


@pytest.mark.slow
@pytest.mark.parametrize("channel", CHANNELS)
def test_every_byte_counts(tmp_path: Path, channel: str) -> None:
    home = settled(tmp_path, channel)
    (listed,) = listed_files(home.settlement(D2))
    file = day_files(home, D2).files[listed["file"]]
    folder = home.settlement(D2) / "payouts"
    assert day_files(home, D2).payments(file).height == 1
    for name in (file.name, "manifest.json"):
        path, raw = folder / name, (folder / name).read_bytes()
        unseen = []
        for at in range(len(raw)):
            path.write_bytes(raw[:at] + bytes([raw[at] ^ 0x01]) + raw[at + 1 :])
            if not refused(home, file):
                unseen.append(at)
        path.write_bytes(raw)
        assert unseen == [], name
    assert not refused(home, file)
