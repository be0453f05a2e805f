from agentflow import Workflow, tools


class ArchiveDone(Workflow):
    """Archive the files that have a line which begins with DONE."""

    async def run(self, event, step):
        archived = []
        for path in await step.do("list the files", tools.files.list(folder=event.payload["folder"])):
            file = await step.do(f"read {path}", tools.files.read(path=path))
            if any(line.startswith("DONE") for line in file["text"].splitlines()):
                await step.do(f"archive {path}", tools.files.archive(path=path))
                archived.append(path)
        return {"archived": archived}
