"""The style sheet of the pictures: by class, in light and in dark, without variables, which not every viewer knows."""

from __future__ import annotations

from string import Template

_SHAPES = """
.agentflow{font-family:Helvetica,Arial,"Liberation Sans",sans-serif}
.agentflow text{font-size:11px}
.agentflow .name{font-size:13px;font-weight:bold}
.agentflow .title,.agentflow .count{font-weight:bold}
.agentflow rect{stroke-width:1.2}
.agentflow path{fill:none;stroke-width:1.4}
.agentflow .frame.timeout,.agentflow .frame.race{stroke-dasharray:5 3}
.agentflow path.error{stroke-dasharray:4 3}
.agentflow path.back{stroke-dasharray:2 3}
.agentflow path.bar{stroke-width:4}
.agentflow .is-skipped{opacity:.45}
"""
_COLOURS = Template("""
.agentflow .paper{fill:$paper}
.agentflow text{fill:$ink}
.agentflow .note,.agentflow .label,.agentflow .title{fill:$soft}
.agentflow .label.error{fill:$risk}
.agentflow .node{fill:$node;stroke:$edge}
.agentflow .sleep,.agentflow .wait{fill:$wait;stroke:$wait_edge}
.agentflow .approval,.agentflow .ask{fill:$person;stroke:$person_edge}
.agentflow .risky{fill:$risk_fill;stroke:$risk;stroke-width:2}
.agentflow .frame{fill:$frame;stroke:$border}
.agentflow .question,.agentflow .pill{fill:$paper;stroke:$line}
.agentflow .pill.raise{stroke:$risk}
.agentflow path{stroke:$line}
.agentflow path.error{stroke:$risk}
.agentflow .tip{fill:$line;stroke:none}
.agentflow .is-done>rect{stroke:$fine;stroke-width:2}
.agentflow .is-done>.node{fill:$fine_fill}
.agentflow .is-failed>rect{stroke:$risk;stroke-width:2}
.agentflow .is-failed>.node{fill:$risk_fill}
.agentflow .is-open>rect{stroke:$late;stroke-width:2.5}
""")
LIGHT = {
    "ink": "#1d2433", "soft": "#5b6579", "line": "#8a94a8", "paper": "#ffffff", "node": "#eef3fb", "edge": "#9db2d6",
    "frame": "#f7f8fb", "border": "#d5dae4", "wait": "#fff6df", "wait_edge": "#dfbe62", "person": "#f3ebff",
    "person_edge": "#a98be0", "risk": "#c62f3b", "risk_fill": "#fdecee", "fine": "#1f8a4c", "fine_fill": "#e6f6ec",
    "late": "#c98a00", "chosen": "#1f54c4",
}  # fmt: skip
DARK = {
    "ink": "#e8ecf4", "soft": "#a3aec2", "line": "#76829a", "paper": "#151a23", "node": "#22304a", "edge": "#4d6a9c",
    "frame": "#1a202c", "border": "#343d4f", "wait": "#3a3115", "wait_edge": "#8f7631", "person": "#33274d",
    "person_edge": "#7f64b8", "risk": "#ff7b86", "risk_fill": "#45202a", "fine": "#5fd08b", "fine_fill": "#173524",
    "late": "#f0b640", "chosen": "#8ab0ff",
}  # fmt: skip

_LINKS = Template("""
.agentflow a{cursor:pointer}
.agentflow a:hover rect{stroke:$ink}
.agentflow a:focus{outline:none}
.agentflow a:focus-visible rect,.agentflow .is-chosen>rect{stroke:$chosen;stroke-width:3;stroke-dasharray:none}
""")

STYLE = f"{_SHAPES}{_COLOURS.substitute(LIGHT)}@media(prefers-color-scheme:dark){{{_COLOURS.substitute(DARK)}}}\n"
"""Of a picture that is a file by itself."""
_CHOSEN_LIGHT, _CHOSEN_DARK = _LINKS.substitute(LIGHT), _LINKS.substitute(DARK)
PAGE = f"{STYLE}{_CHOSEN_LIGHT}@media(prefers-color-scheme:dark){{{_CHOSEN_DARK}}}\n"
"""Of pictures in a page, where nodes are links."""
VARIABLES = f"{_SHAPES}{_COLOURS.substitute({name: f'var(--{name})' for name in LIGHT})}"
"""Of pictures among other things, where the colours are variables of `LIGHT` or `DARK`, as the place has it."""
