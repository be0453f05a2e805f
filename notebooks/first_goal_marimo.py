"""A first goal in marimo: `marimo edit notebooks/first_goal_marimo.py`. As a script, it runs from top to bottom."""

import marimo

app = marimo.App(app_title="A first goal")


@app.cell(hide_code=True)
def _():
    import marimo as mo

    mo.md(
        """
        # A first goal

        The same things as in `01_first_goal.ipynb`, in marimo: a cell that is changed runs again, and so do those that use what it gives. The house is
        open in a cell of its own, so that it is opened once. `offline:demo` stands for a model: it answers from stored text.
        """
    )
    return (mo,)


@app.cell
def _():
    from decimal import Decimal

    from agentflow import tool

    @tool(namespace="orders", effect="read")
    async def get(id: str) -> dict[str, object]:
        """The order with this number."""
        return {"id": id, "email": "ada@example.com", "total": Decimal("49.90")}

    @tool(namespace="stock", effect="idempotent")
    async def reserve(order_id: str) -> None:
        """Set the goods of an order aside."""

    @tool(namespace="payments", risk="medium", approval="always")
    async def refund(order_id: str, amount: Decimal) -> dict[str, str]:
        """Pay an amount in EUR back to the customer, and give a reference. A person agrees first."""
        return {"reference": f"refund-{order_id}"}

    @tool(namespace="archive", effect="idempotent")
    async def store(reference: str) -> None:
        """File the receipt with this reference."""

    @tool(namespace="mail")
    async def send(to: str, subject: str, body: str) -> None:
        """Send a mail."""

    tools = [get, reserve, refund, store, send]
    return (tools,)


@app.cell
def _(tools):
    import tempfile
    from pathlib import Path

    from agentflow import AgentFlow

    flow = AgentFlow.sync(Path(tempfile.mkdtemp()) / "first.db", tools=tools)
    agent = flow.agents.create("refunds", model="offline:demo", tools=["*"])
    agent
    return agent, flow


@app.cell(hide_code=True)
def _(mo):
    mo.md(
        """The plan: what it can do, where it came from, its graph, its source. The goal below it has the model's answers: the first one had two errors."""
    )


@app.cell
def _(agent):
    goal = agent.submit("Refund order 17: the customer has sent everything back.", {"order_id": "17"})
    plan = goal.plan()
    plan
    return (goal,)


@app.cell
def _(goal):
    goal
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""The run comes as far as a person's question. What is asked for is seen before it is agreed to.""")


@app.cell
def _(flow, goal):
    run = goal.run()
    for _change in run.watch():
        pass
    [question] = flow.approvals.pending()
    question
    return question, run


@app.cell
def _(question, run):
    question.approve("the goods are back")
    result = run.result()
    run
    return (result,)


@app.cell
def _(result):
    result
    return


if __name__ == "__main__":
    app.run()
