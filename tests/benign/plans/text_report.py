import string
import textwrap
from string import Template

from agentflow import Workflow, tools

LETTER = Template("Dear $name,\n\n${body}\n\nYours, $us")
ROW = "{0:<{width}}|{1:^9}|{2:>12,.2f}|{3!r:>8}"


class TextReport(Workflow):
    """Write a report in plain text, in columns and paragraphs."""

    async def run(self, event, step):
        people = await step.do("people", tools.people.list(team="ops"))
        width = max(len(person["name"]) for person in people) + 2
        rows = [
            ROW.format(p["name"], p["id"].upper(), 1234.5 * n, p["zone"][:2], width=width)
            for n, p in enumerate(people, 1)
        ]
        rule = "-" * len(rows[0])
        share, count, big = 0.12345, 255, 1_234_567
        figures = f"{share:.1%} {share:e} {count:#x} {count:08b} {count:o} {big:,} {big:_} {-3:+d} {3:+d} {share:{8}.{3}f}|{'mid':*^9}|{count!s:>5}"
        body = textwrap.fill(event.payload["text"], width=40, initial_indent="  ", subsequent_indent="    ")
        extra = textwrap.dedent("""
            Regards from
              the office
            """).strip()
        letter = LETTER.substitute(name=people[0]["name"], body=body, us=string.capwords("the REPORT team"))
        unsure = Template("$known and $unknown").safe_substitute(known=1)
        text = "\n".join(
            [rule, *rows, rule, figures, letter, textwrap.indent(extra, "> "), textwrap.shorten(body, 30), unsure]
        )
        await step.do("file it", tools.files.write(path="report.txt", data=text))
        percent = "%s has %d rows (%5.1f%%)" % ("it", len(rows), 99.44)
        return {
            "lines": len(text.splitlines()),
            "first": rows[0],
            "figures": figures,
            "percent": percent,
            "unsure": unsure,
        }
