import csv
import io
import json

from agentflow import Workflow, tools


class CsvRoundTrip(Workflow):
    """Read a table in an old encoding, mend it, and write it in three others."""

    async def run(self, event, step):
        data = await step.do("read", tools.files.read(path=event.payload["file"]))
        text = data.decode("latin-1")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        for row in rows:
            row["email"] = row["email"].lower() or None
            row["initials"] = "".join(part[0] for part in row["name"].split())
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=["name", "initials", "email", "joined"], quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        writer.writerows(rows)
        plain = out.getvalue()
        copies = {}
        for encoding in ("utf-8", "cp1252", "utf-16", "iso8859-15", "utf-8-sig", "mac-roman"):
            written = await step.do(
                f"write {encoding}", tools.files.write(path=f"out/{encoding}.csv", data=plain.encode(encoding))
            )
            copies[encoding] = written["size"]
        ascii_ = plain.encode("ascii", errors="replace").decode("ascii")
        simple = list(csv.reader(plain.splitlines()))
        back = json.loads(json.dumps(rows, ensure_ascii=False, sort_keys=True))
        return {
            "rows": len(back),
            "copies": copies,
            "marks": ascii_.count("?"),
            "head": simple[0],
            "third": simple[3][0],
        }
