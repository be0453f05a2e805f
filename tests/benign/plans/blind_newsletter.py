import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from agentflow import Workflow, tools


class Newsletter(Workflow):
    """Publish an article at the planned time and tell our gold customers."""

    async def run(self, event, step):
        title, body = event.payload["title"], event.payload["body"]
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        when = datetime.combine(date.fromisoformat(event.payload["day"]), time(10, 0), tzinfo=ZoneInfo("Europe/Paris"))

        draft = await step.do("save a draft", tools.cms.draft(title=title, slug=slug, body=body))
        approval = await step.wait_for_approval(
            "approve the article",
            f"Publish {title!r} on {when:%d.%m.%Y at %H:%M}?",
            call=tools.cms.publish(id=draft["id"]),
            details={"slug": slug, "body": body},
            timeout=when,
        )
        await step.sleep_until("wait for the day", when)
        article = await step.do("publish", approval.call)

        customers = await step.do("list the customers", tools.customers.list())
        gold = [customer for customer in customers if customer["tier"] == "gold"]

        def mail(customer):
            return step.do(
                f"mail {customer['id']}",
                tools.mail.send(
                    to=customer["email"].strip(),
                    subject=title,
                    body=f"Dear {customer['name']},\n\nread our news: {article['url']}",
                ),
            )

        await step.map(mail, gold, concurrency=10, return_exceptions=True)
        return {"slug": slug, "url": article["url"]}
