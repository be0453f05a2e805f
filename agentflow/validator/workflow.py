"""Rules for the frame of a plan: one workflow class, its `run`, and a module body without effects."""

from __future__ import annotations

import ast

from ..guest.trees import children
from .findings import Report, listing
from .plan import Plan, has_decorator, members, yields
from .scopes import DEFINITIONS, Definition, parameters

RUN = "async def run(self, event, step)"
_EFFECTS = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Delete)


def one_workflow(plan: Plan, report: Report) -> None:
    """AF101: a plan is one class that inherits from Workflow."""
    for extra in plan.workflows[1:]:
        names = listing(workflow.name for workflow in plan.workflows)
        report.error(
            "AF101",
            extra,
            f"the plan has several workflow classes: {names}",
            "keep one class that inherits from Workflow; make the others plain classes or functions",
        )
    if not plan.workflows:
        meant = next((node for node in plan.classes if members(node, "run")), None)
        known = f"class {meant.name} does not inherit from Workflow" if meant else "the plan has no workflow class"
        name = meant.name if meant else "Plan"
        report.error(
            "AF101",
            meant or plan.tree,
            known,
            f"write `from agentflow import Workflow` and `class {name}(Workflow):` with `{RUN}`",
        )
    for workflow in plan.workflows[:1]:
        for made in members(workflow, "__init__"):
            if len(_required(made)) > 1:
                report.error(
                    "AF101",
                    made,
                    f"{workflow.name}.__init__ needs arguments, but the run makes the object without any",
                    "set what you need in `run`, from `event.payload`",
                )


def run_method(plan: Plan, report: Report) -> None:
    """AF102: the workflow class has exactly `async def run(self, event, step)`."""
    if len(plan.workflows) != 1:
        return
    workflow = plan.workflows[0]
    found = members(workflow, "run")
    for again in [*found[1:], *_rebindings(plan, workflow)]:
        report.error("AF102", again, f"{workflow.name}.run is bound a second time", f"keep one `{RUN}`")
    if found:
        _check_run(found[0], workflow.name, report)
        for again in _step_again(plan, found[0]):
            report.error("AF102", again, "`step` is bound a second time in run", "choose another name")
    elif not _inherits_run(plan, workflow):
        report.error("AF102", workflow, f"class {workflow.name} has no method run", f"add `{RUN}`")


def module_body(plan: Plan, report: Report) -> None:
    """AF103: loading the module does nothing."""
    for statement in plan.tree.body:
        if isinstance(statement, _EFFECTS):
            report.error(
                "AF103",
                statement,
                "the module runs statements when it is loaded",
                "keep imports, constants, functions and classes there; move the rest into `run`",
            )
            continue
        if isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant):
            report.error(
                "AF103",
                statement,
                f"`{_short(statement)}` runs when the module is loaded",
                "move it into `run`; keep imports, constants, functions and classes in the module",
            )
            continue
        for call in _calls_when_loaded(statement):
            names = plan.tool_names(call)
            if names is not None:
                report.error(
                    "AF103",
                    call,
                    f"tools.{names[0] if names else '...'} is called when the module is loaded",
                    "build the tool call in `run` and hand it to `step.do`",
                )


def _check_run(run: Definition, owner: str, report: Report) -> None:
    names = [parameter.arg for parameter in parameters(run)]
    if isinstance(run, ast.FunctionDef):
        report.error("AF102", run, f"{owner}.run is not async", f"write `{RUN}`")
    plain = not (run.args.defaults or run.args.kwonlyargs or run.args.vararg or run.args.kwarg)
    if names != ["self", "event", "step"] or not plain:
        report.error("AF102", run, f"{owner}.run takes ({', '.join(names)})", f"write `{RUN}`")
    for decorator in run.decorator_list:
        report.error("AF102", decorator, f"{owner}.run has a decorator", f"remove it: `{RUN}` stands alone")
    if yields(run):
        report.error("AF102", run, f"{owner}.run yields", "return one value at the end of `run`")


def _rebindings(plan: Plan, workflow: ast.ClassDef) -> list[ast.AST]:
    """Assignments to `run` in the class, to `self.run` or to `Plan.run`."""
    bound = plan.scopes.of(workflow.body[0]).bindings.get("run", [])
    found = [binding.node for binding in bound if not isinstance(binding.node, DEFINITIONS)]
    for node in plan.of(ast.Attribute):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr="run", ctx=ast.Store()) if owner in (
                "self",
                workflow.name,
            ):
                found.append(node)
    return found


def _step_again(plan: Plan, run: Definition) -> list[ast.AST]:
    inside = plan.scopes.of(parameters(run)[0]) if parameters(run) else plan.scopes.module
    return [binding.node for binding in inside.bindings.get("step", ()) if binding.kind != "parameter"]


def _inherits_run(plan: Plan, workflow: ast.ClassDef) -> bool:
    known = {node.name: node for node in plan.classes}
    bases = [known[base.id] for base in workflow.bases if isinstance(base, ast.Name) and base.id in known]
    return any(members(base, "run") for base in bases)


def _required(function: Definition) -> list[ast.arg]:
    known = [*function.args.posonlyargs, *function.args.args]
    return [] if has_decorator(function, "staticmethod") else known[: len(known) - len(function.args.defaults)]


def _calls_when_loaded(statement: ast.stmt) -> list[ast.Call]:
    found: list[ast.AST] = [statement]
    for node in found:
        if not isinstance(node, (*DEFINITIONS, ast.Lambda)):
            found += children(node)
    return [node for node in found if isinstance(node, ast.Call)]


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).splitlines()[0]
    return text if len(text) <= 60 else f"{text[:57]}..."
