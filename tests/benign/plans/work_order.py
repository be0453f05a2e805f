from collections import deque

from agentflow import PlanFailed, Workflow, tools


def in_order(needs):
    """Kahn's algorithm."""
    waiting = {task: set(before) for task, before in needs.items()}
    ready = deque(sorted(task for task, before in waiting.items() if not before))
    done = []
    while ready:
        task = ready.popleft()
        done.append(task)
        for other in sorted(waiting):
            if task in waiting[other]:
                waiting[other].discard(task)
                if not waiting[other]:
                    ready.append(other)
    if len(done) < len(needs):
        raise PlanFailed(f"these wait for each other: {sorted(set(needs) - set(done))}")
    return done


def shortest(graph, start):
    costs, todo = {start: 0}, {start}
    while todo:
        node = min(todo, key=lambda name: (costs[name], name))
        todo.remove(node)
        for other, cost in graph.get(node, {}).items():
            if (new := costs[node] + cost) < costs.get(other, float("inf")):
                costs[other] = new
                todo.add(other)
    return costs


def knapsack(items, room):
    best = [0] * (room + 1)
    for weight, value in items:
        for left in range(room, weight - 1, -1):
            best[left] = max(best[left], best[left - weight] + value)
    return best[room]


class WorkOrder(Workflow):
    """Bring tasks into an order and give them to people in turn."""

    async def run(self, event, step):
        order = in_order(event.payload["needs"])
        people = ["ana", "bob"]
        grid = [[(row * 3 + column) % 5 for column in range(4)] for row in range(3)]
        turned = [list(column) for column in zip(*grid, strict=True)]
        for number, task in enumerate(order):
            await step.do(
                f"hand out {task}", tools.tickets.update(id="t-1", status="open", assignee=people[number % len(people)])
            )
        costs = shortest({"a": {"b": 4, "c": 1}, "c": {"b": 2, "d": 7}, "b": {"d": 1}}, "a")
        return {
            "order": order,
            "costs": costs,
            "value": knapsack([(2, 3), (3, 4), (4, 5)], 5),
            "turned": turned,
            "flat": sum(map(sum, grid)),
            "diagonal": [grid[i][i] for i in range(3)],
            "top": sorted(costs.items(), key=lambda pair: -pair[1])[:1],
        }
