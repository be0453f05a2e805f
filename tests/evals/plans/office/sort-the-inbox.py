from agentflow import Workflow, tools

FOLDERS = ("invoices", "customers", "spam", "other")


class SortInbox(Workflow):
    """Move unread mail where it belongs."""

    async def run(self, event, step):
        mails = await step.do("read the inbox", tools.mail.unread())

        async def sort(mail):
            classify = tools.mail.classify(id=mail["id"], labels=list(FOLDERS))
            found = await step.do(f"classify {mail['id']}", classify)
            sure = found["sure"] >= 0.7 and found["label"] in FOLDERS
            folder = found["label"] if sure else "other"
            await step.do(f"move {mail['id']}", tools.mail.move(id=mail["id"], folder=folder))
            return folder

        folders = await step.map(sort, mails, concurrency=10)
        return {"counts": {folder: folders.count(folder) for folder in FOLDERS}}
