import string
from collections import Counter

from agentflow import Workflow, tools


class Alphabets(Workflow):
    """Names from many countries, made fit for an old system."""

    async def run(self, event, step):
        umlauts = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "é": "e", "ç": "c", "ë": "e"})
        vowels = set("aeiou")
        people = await step.do("customers", tools.customers.list())
        clean = {}
        for person in people:
            name = " ".join(person["name"].split()).title()
            plain = name.translate(umlauts)
            login = "".join(letter for letter in plain.lower() if letter in string.ascii_lowercase)
            clean[person["id"]] = {
                "plain": plain.encode("ascii", "ignore").decode(),
                "login": login[:8].ljust(8, "x"),
                "bytes": len(name.encode("utf-8")),
                "hex": name.encode("utf-16-be")[:4].hex(),
                "vowels": sum(letter in vowels for letter in login),
                "rot": login.translate(
                    str.maketrans(string.ascii_lowercase, string.ascii_lowercase[13:] + string.ascii_lowercase[:13])
                ),
            }
        letters = Counter("".join(row["login"] for row in clean.values()).replace("x", ""))
        key = int.from_bytes(bytes.fromhex("c0ffee"), "big")
        number = int("zz", 36) + int("0b101", 0) + ord("€")
        text = b"%s".decode() % "caf\u00e9".encode("unicode_escape").decode("ascii")
        return {
            "clean": clean,
            "common": letters.most_common(1)[0],
            "key": key.to_bytes(4, "little").hex(),
            "number": number,
            "text": text,
            "fold": "STRASSE".casefold() == "straße".casefold(),
            "parts": "a=b=c".partition("="),
            "mask": "0042".lstrip("0").zfill(6),
        }
