import csv
import json
import re
from datetime import date, datetime
from io import StringIO

from agentflow import Workflow, tools


def parse_date(text: str) -> date:
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return date.fromisoformat(text)
    return datetime.strptime(text, "%d.%m.%Y").date()


class ImportContacts(Workflow):
    """Turn a CSV of contacts into JSON."""

    async def run(self, event, step):
        @step.do("read the contacts")
        async def read_rows():
            raw = await tools.files.read(path=event.payload["file"])
            return list(csv.DictReader(StringIO(raw.decode("latin-1")), delimiter=";"))

        contacts, skipped = [], []
        for row in await read_rows():
            email = row["email"].strip().lower()
            if not email:
                skipped.append(row["name"].strip())
                continue
            contacts.append(
                {"name": row["name"].strip(), "email": email, "joined": parse_date(row["joined"]).isoformat()}
            )

        await step.do(
            "write the contacts",
            tools.files.write(path="out/contacts.json", data=json.dumps(contacts, ensure_ascii=False, indent=2)),
        )
        return {"imported": len(contacts), "skipped": skipped}
