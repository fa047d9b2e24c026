"""The bank's payment files: golden bytes, schemas, limits at their edges, and files that are not as they should be.

Holds: readings by the standard library and by xmlschema, which share nothing with lxml.
Neighbour: ``test_bank_results.py`` for what a bank answers.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from datetime import date
from importlib.metadata import distribution
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
import xmlschema
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets.foundation.errors import RulesError
from assets.foundation.rules import Scalar
from assets.payouts.channels import bank, read_rules
from assets.payouts.channels.base import PayoutFile, Plan
from assets.verification.home import verify_home
from tests.payouts.lines import lines, payout_id
from tests.pipelines.homes import D1, D2, D3, DAYS, RULES, settle_days, write_home

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 11, 20)
BANK = "308584000013"
MESSAGES = ("pain.001.001.09", "pain.001.001.03")
OWN: dict[str, Scalar] = {
    "initiator": "示例商贸有限公司", "debtor_name": "示例商贸有限公司", "debtor_account": "0200001009000123456",
    "debtor_bank": "102100099996",
}  # fmt: skip


def plan(**more: Scalar) -> Plan:
    return Plan("bank", DAY, {name: setting.default for name, setting in bank.SETTINGS.items()} | OWN | more)


def payments(*nets: int, **fields: object) -> pl.DataFrame:
    return lines(*({"net": net, "bank_code": BANK, **fields} for net in nets))


def written(folder: Path, rows: pl.DataFrame, how: Plan) -> tuple[Path, PayoutFile]:
    (file,) = bank.cut(rows, how)
    bank.write(file, folder / file.name, how)
    return folder / file.name, file


def foreign(path: Path) -> list[tuple[str, str, str, str, str, str]]:
    """The payments of a file as the standard library sees them."""
    root = ElementTree.fromstring(path.read_bytes())
    space = {"p": root.tag[1:].partition("}")[0]}
    found = []
    for one in root.iterfind(".//p:CdtTrfTxInf", space):
        amount = one.find("p:Amt/p:InstdAmt", space)
        assert amount is not None
        texts = [
            one.findtext(where, "", space)
            for where in (
                "p:PmtId/p:EndToEndId", "p:CdtrAcct/p:Id/p:Othr/p:Id", "p:Cdtr/p:Nm",
                "p:CdtrAgt/p:FinInstnId/p:ClrSysMmbId/p:MmbId",
            )
        ]  # fmt: skip
        found.append((texts[0], amount.text or "", amount.attrib["Ccy"], *texts[1:]))
    return found  # type: ignore[return-value]


# --- what is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", MESSAGES)
def test_the_bytes_of_a_small_file(tmp_path: Path, message: str) -> None:
    rows = lines(
        {"net": 1, "bank_code": BANK},
        {"net": 5_000_000_00, "bank_code": "102100099996", "account_no": "A-1", "account_name": '𠅤·<b> & "Co"'},
    )
    more = {} if message == MESSAGES[0] else {"category_purpose": "OTHR", "charge_bearer": "DEBT", "remittance": "A&B"}
    path, file = written(tmp_path, rows, plan(message=message, **more))
    assert path.name == file.name == "bank_20261120_0001.xml"
    assert path.read_bytes() == (GOLDEN / f"bank_{message}.xml").read_bytes()
    assert file.batch in path.read_text(encoding="utf-8") and len(file.batch) == 24
    assert bank.read_back(path, file.form).rows() == [
        (payout_id(1), 1, "6222020200012345678", "张三", BANK),
        (payout_id(2), 5_000_000_00, "A-1", '𠅤·<b> & "Co"', "102100099996"),
    ]


@pytest.mark.parametrize("message", MESSAGES)
def test_another_validator_finds_the_golden_files_sound(message: str) -> None:
    schema = xmlschema.XMLSchema(str(distribution("sepaxml").locate_file(f"sepaxml/schemas/{message}.xsd")))
    raw = (GOLDEN / f"bank_{message}.xml").read_text(encoding="utf-8")
    schema.validate(raw)
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(raw.replace("<PmtMtd>TRF", "<PmtMtd>TRX"))


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("letter", ["x", "张", "𠅤", "&", "<", '"', "'", ">", "]]>", "·", "é"])
def test_names_and_accounts_at_their_longest(tmp_path: Path, message: str, letter: str) -> None:
    name, account = (letter * 140)[:140], (letter * 34)[:34]
    rows = payments(1, account_name=name, account_no=account)
    assert bank.refusals(rows, {}).to_list() == [""]
    path, file = written(tmp_path, rows, plan(message=message))
    assert bank.read_back(path, file.form).rows() == [(payout_id(1), 1, account, name, BANK)]
    assert foreign(path) == [(payout_id(1), "0.01", "CNY", account, name, BANK)]


def test_what_the_schema_holds_too_long_is_refused_before_and_after(tmp_path: Path) -> None:
    for fields, name in (({"account_no": "1" * 35}, "Id"), ({"account_name": "张" * 141}, "Nm")):
        rows = payments(1, **fields)
        assert bank.refusals(rows, {})[0].startswith(f"{next(iter(fields))} is longer than ")
        path, file = written(tmp_path, rows, plan())
        with pytest.raises(ValueError, match=rf"^line 5: {name} breaks pain.001.001.09 \(SCHEMAV_CVC_MAXLENGTH_VALID"):
            bank.read_back(path, file.form)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, ""),
        ({"bank_code": ""}, "bank_code is not 12 digits (CNAPS)"),
        ({"bank_code": "30858400001"}, "bank_code is not 12 digits (CNAPS)"),
        ({"bank_code": "3085840000130"}, "bank_code is not 12 digits (CNAPS)"),
        ({"bank_code": "30858400001３"}, "bank_code is not 12 digits (CNAPS)"),
        ({"bank_code": f"{BANK}\n"}, "bank_code is not 12 digits (CNAPS)"),
        ({"bank_code": None}, "bank_code is not 12 digits (CNAPS)"),
        ({"account_no": ""}, "account_no is empty"),
        ({"account_no": "+8613800000000"}, "account_no starts like a formula"),
        ({"account_no": "62\t22"}, "account_no holds a control character"),
        ({"account_no": "62\uffff"}, "account_no holds a character that XML cannot carry"),
        ({"account_name": ""}, "account_name is empty"),
        ({"account_name": None}, "account_name is empty"),
        ({"account_name": "＝甲"}, "account_name starts like a formula"),
        ({"account_name": "a\u202eb"}, "account_name holds a control character"),
        ({"account_name": "a\x00b"}, "account_name holds a control character"),
        ({"account_name": "a\x85b"}, "account_name holds a control character"),
        ({"account_name": "甲\ufffe"}, "account_name holds a character that XML cannot carry"),
        ({"account_name": "甲\ufffd\U0001fffe"}, ""),
    ],
)
def test_what_a_payment_message_cannot_carry_is_named(fields: dict[str, object], reason: str) -> None:
    assert bank.refusals(payments(1, **fields), {}).to_list() == [reason]


TEXT = st.text(st.characters(codec="utf-8"), max_size=40) | st.text("张三李四𠅤䶮·•&<>\"' ]a1", max_size=40)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    st.lists(st.tuples(TEXT, TEXT, st.integers(1, 10**15)), min_size=1, max_size=5),
    st.sampled_from(MESSAGES),
)
@example([("1", "\r", 1), ("2", " 甲 ", 1), ("\u3000", "\u00a0", 10**15)], MESSAGES[0])
def test_what_is_not_refused_is_read_as_it_was_cut(accounts: list[tuple[str, str, int]], message: str) -> None:
    rows = lines(
        *({"net": net, "account_no": no, "account_name": name, "bank_code": BANK} for no, name, net in accounts)
    )
    rows = rows.filter(bank.refusals(rows, {}) == "")
    if rows.is_empty():
        return
    with tempfile.TemporaryDirectory() as folder:
        path, file = written(Path(folder), rows, plan(message=message))
        assert bank.read_back(path, file.form).rows() == rows.select(
            "payout_id", "net", "account_no", "account_name", "bank_code"
        ).rows()  # fmt: skip
        assert foreign(path) == [
            (one, f"{net // 100}.{net % 100:02d}", "CNY", no, name, code)
            for one, net, no, name, code in rows.select(
                "payout_id", "net", "account_no", "account_name", "bank_code"
            ).iter_rows()
        ]  # fmt: skip


def test_files_are_cut_by_rows_and_by_their_sum_and_numbered_through() -> None:
    rows = payments(300, 300, 300, 500, 100, 1)
    by_rows = bank.cut(rows, plan(file_max_rows=4))
    assert [file.rows["net"].to_list() for file in by_rows] == [[300, 300, 300, 500], [100, 1]]
    by_sum = bank.cut(rows, Plan("b", DAY, plan(file_max_fen=600).settings, first=3))
    assert [file.rows["net"].to_list() for file in by_sum] == [[300, 300], [300], [500, 100], [1]]
    assert [file.name for file in by_sum] == [f"bank_20261120_{n:04d}.xml" for n in (3, 4, 5, 6)]
    assert len({file.batch for file in by_rows + by_sum}) == 6
    assert all(file.batch[:9] == "B20261120" and file.batch.isalnum() for file in by_sum)
    assert by_sum[0].rows["serial"].to_list() == [payout_id(1), payout_id(2)]


# --- files that are not as they should be ------------------------------------------------------------------------


@pytest.fixture
def sound(tmp_path: Path) -> tuple[Path, PayoutFile]:
    return written(tmp_path, payments(1234, 5678, account_name="秘密"), plan())


def fault(path: Path, file: PayoutFile, *changes: tuple[str, str], count: int = -1) -> str:
    """What a changed file is refused with; the change has to change it, and nothing of a person is said."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, count)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        bank.read_back(path, file.form)
    said = str(caught.value)
    assert "秘密" not in said and "62220202" not in said
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return said


FAULTS = [
    ("<CtrlSum>69.12", "<CtrlSum>69.13", "GrpHdr/CtrlSum is 69.13, allowed once 69.12 as its rows"),
    ("</CtrlSum><ReqdExctnDt>", "1</CtrlSum><ReqdExctnDt>", "PmtInf/CtrlSum is 69.121, allowed once 69.12 as its rows"),
    ("<CtrlSum>69.12</CtrlSum><R", "<R", "PmtInf/CtrlSum is not there, allowed once 69.12 as its rows"),
    ("<NbOfTxs>2</NbOfTxs><CtrlSum>69.12</CtrlSum><I", "<NbOfTxs>3</NbOfTxs><CtrlSum>69.12</CtrlSum><I",
     "GrpHdr/NbOfTxs is 3, allowed once 2 as its rows"),
    ("<NbOfTxs>2</NbOfTxs><CtrlSum>69.12</CtrlSum><R", "<NbOfTxs>1</NbOfTxs><CtrlSum>69.12</CtrlSum><R",
     "PmtInf/NbOfTxs is 1, allowed once 2 as its rows"),
    (">12.34<", ">0.00<", "payment 1: Amt/InstdAmt is wrong in 1 payments, allowed more than 0"),
    (">12.34<", ">12.34001<", "amount '12.34001' is not yuan with two decimals"),
    (">12.34<", ">12.3<", "amount '12.3' is not yuan with two decimals"),
    (">12.34<", ">-12.34<", "line 5: InstdAmt breaks pain.001.001.09 (SCHEMAV_CVC_MININCLUSIVE_VALID)"),
    ('Ccy="CNY">56', 'Ccy="EUR">56', "payment 2: InstdAmt/@Ccy is wrong in 1 payments, allowed CNY"),
    ("<Ccy>CNY", "<Ccy>USD", "DbtrAcct/Ccy: allowed once CNY"),
    (payout_id(2), payout_id(1), "payment 2: PmtId/EndToEndId is wrong in 1 payments, allowed each once"),
    (f"<InstrId>{payout_id(2)}", f"<InstrId>{payout_id(3)}",
     "payment 2: PmtId/InstrId is wrong in 1 payments, allowed the EndToEndId"),
    (f"<InstrId>{payout_id(2)}</InstrId>", "", "PmtId/InstrId is in 1 of 2 payments, allowed: in each"),
    ("<MmbId>308584000013", "<MmbId>30858400001",
     "payment 1: ClrSysMmbId/MmbId is wrong in 2 payments, allowed 12 digits"),
    ("<Othr><Id>6222020200012345678</Id></Othr>", "<IBAN>DE02120300000000202051</IBAN>",
     "Othr/Id is in 0 of 2 payments, allowed: in each"),
    ("<PmtMtd>TRF", "<PmtMtd>CHK", "PmtMtd: allowed once TRF"),
    ("<Dt>2026-11-20", "<Dt>2026-11-21", "ReqdExctnDt is 2026-11-21, allowed the date of CreDtTm"),
    ("<Nm>秘密</Nm>", "<Nm>秘密<Nm/></Nm>", "line 5: Nm breaks pain.001.001.09 (SCHEMAV_CVC_TYPE_3_1_2)"),
    ("<Nm>秘密</Nm>", "<Nm>秘密</Mn>",
     "line 5, column 318: no sound XML (ERR_TAG_NAME_MISMATCH); allowed: the file as it was"),
    ("pain.001.001.09", "pain.001.001.03", "the root is not a Document of pain.001.001.09"),
    ("</PmtInf>", "", "line 8, column 20: no sound XML (ERR_TAG_NAME_MISMATCH); allowed: the file as it was"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), FAULTS)
def test_a_file_that_is_not_as_it_should_be(sound: tuple[Path, PayoutFile], old: str, new: str, said: str) -> None:
    assert fault(*sound, (old, new)) == said


def test_a_comment_does_not_hide_a_part_of_a_text(sound: tuple[Path, PayoutFile]) -> None:
    path, file = sound
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("<Nm>秘密", "<Nm>秘<!-- -->密<?x?>"), encoding="utf-8")
    assert bank.read_back(path, file.form)["account_name"].to_list() == ["秘密", "秘密"]


def test_a_second_payment_block_is_no_file_of_ours(sound: tuple[Path, PayoutFile]) -> None:
    path, file = sound
    text = path.read_text(encoding="utf-8")
    block = text[text.index("<PmtInf>") : text.index("</PmtInf>") + len("</PmtInf>")]
    block = block.replace(payout_id(1), payout_id(3)).replace(payout_id(2), payout_id(4))
    said = fault(path, file, ("</PmtInf>", f"</PmtInf>{block}"), ("69.12</CtrlSum><I", "138.24</CtrlSum><I"),
                 ("<NbOfTxs>2</NbOfTxs><CtrlSum>138.24", "<NbOfTxs>4</NbOfTxs><CtrlSum>138.24"))  # fmt: skip
    assert said == "PmtInf/NbOfTxs is 2, 2, allowed once 4 as its rows"


def test_the_list_has_to_name_a_message(sound: tuple[Path, PayoutFile]) -> None:
    for form in ({}, {"message": "pain.008.001.02"}, {"message": "../x"}):
        with pytest.raises(ValueError, match=r"^message '.*', allowed pain.001.001.09 or pain.001.001.03$"):
            bank.read_back(sound[0], form)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE Document [<!ENTITY x "秘密">]>',
        '<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/x.dtd">',
        "<!DOCTYPE Document>",
    ],
)
def test_a_doctype_is_refused(sound: tuple[Path, PayoutFile], doctype: str) -> None:
    assert fault(*sound, ("<Document", f"{doctype}<Document")).startswith("found a DOCTYPE, allowed a document without")


@pytest.mark.parametrize(
    ("doctype", "use"),
    [
        ('<!DOCTYPE Document [<!ENTITY x SYSTEM "{}">]>', "&x;"),
        ('<!DOCTYPE Document [<!ENTITY % x SYSTEM "{}"> %x;]>', "秘密"),
        ('<!DOCTYPE Document SYSTEM "{}">', "秘密"),
    ],
)
def test_a_file_that_an_entity_names_is_not_opened(
    sound: tuple[Path, PayoutFile], tmp_path: Path, doctype: str, use: str
) -> None:
    """The entity names a pipe; whoever opened it to read would let the writer at its other end go on."""
    pipe, opened = tmp_path / "secret", threading.Event()
    os.mkfifo(pipe)

    def offer() -> None:
        with pipe.open("wb"):
            opened.set()

    writer = threading.Thread(target=offer)
    writer.start()
    try:
        said = fault(*sound, ("<Document", doctype.format(pipe) + "<Document"), ("秘密", use), count=1)
        assert not opened.is_set()
    finally:
        if not opened.is_set():
            pipe.open("rb").close()
        writer.join()
    assert said.startswith("found a DOCTYPE")


# --- settings, and a day -----------------------------------------------------------------------------------------

CHANNEL = """\
    payout:
      min_fen: 100
      max_fen: 0
      labour_method: monthly
      channels:
        bank:
          profile: bank
          initiator: 示例商贸有限公司
          debtor_name: 示例商贸有限公司
          debtor_account: "0200001009000123456"
          debtor_bank: "102100099996"
"""
BANK_RULES = RULES.replace("    payout:   {min_fen: 100, max_fen: 0, labour_method: monthly}\n", CHANNEL)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('          debtor_bank: "102100099996"\n', "", "debtor_bank: missing, required by the profile bank"),
        ('"102100099996"', '"10210009999"', 'debtor_bank: found "10210009999", allowed the bank\'s 12 CNAPS digits'),
        ('"0200001009000123456"', f'"{"1" * 35}"', "allowed 1 to 34 letters and digits"),
        ('"0200001009000123456"', "200001009000123456", "allowed 1 to 34 letters and digits, in quotes"),
        ("profile: bank", "profile: bank\n          message: pain.001.001.10", "pain.001.001.09, pain.001.001.03"),
        ("profile: bank", "profile: bank\n          file_max_rows: 0", "file_max_rows: found 0, allowed"),
        ("profile: bank", "profile: bank\n          category_purpose: salary", "a code of 4 capitals"),
        ("debtor_name: 示例商贸有限公司", f"debtor_name: {'甲' * 141}", "1 to 140 characters"),
    ],
)
def test_settings_that_no_message_can_carry(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in BANK_RULES
    (tmp_path / "rules.yaml").write_text(BANK_RULES.replace(old, new), encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        read_rules(tmp_path / "rules.yaml")
    assert said in str(caught.value)


def test_a_day_is_paid_through_the_bank(tmp_path: Path) -> None:
    """A's bank is known, B's is not: B's money stays in the wallet, with the reason, and the second opinion agrees."""
    accounts = (
        "member_id,channel,account_no,account_name,bank_code,status\n"
        f"A,bank,6222020200012345678,安𠅤,{BANK},active\nB,bank,6222020200012345679,陈,3085,active\n"
    )
    days = {**DAYS, D1: {**DAYS[D1], "payout_accounts.csv": accounts}}
    home = write_home(tmp_path / "home", days, BANK_RULES)
    settle_days(home, D1, D2, D3)
    folder = home.settlement(D2)
    (listed,) = (
        one
        for one in json.loads((folder / "payouts/manifest.json").read_bytes())["files"]
        if one["profile"] == "bank"
    )  # fmt: skip
    paid = pl.read_parquet(folder / "payouts.parquet").filter(pl.col("channel") == "bank")
    assert listed["file"] == "bank_20251102_0001.xml" and listed["form"] == {"message": "pain.001.001.09"}
    assert (listed["rows"], listed["net_fen"], listed["account_hash"]) == (1, 24_00, 12_345_678)
    assert foreign(folder / "payouts" / listed["file"]) == [
        (paid["payout_id"][0], "24.00", "CNY", "6222020200012345678", "安𠅤", BANK)
    ]
    assert "bank_code is not 12 digits (CNAPS)" in (home.settlement(D3) / "report.html").read_text(encoding="utf-8")
    outcome = verify_home(home)
    assert outcome.clean, outcome.faults
