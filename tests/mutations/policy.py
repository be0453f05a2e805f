"""Holes that the policy and the guards could have, or had: each is sown, and some test must see it."""

from __future__ import annotations

from .defects import Defect

GUARDS = ("tests/guest/test_guards.py",)
LANGUAGE = ("tests/guest/test_identifiers.py", "tests/guest/test_language.py")
CLASSES = "agentflow/guest/classes.py"
STANDINS = "agentflow/guest/standins.py"

POLICY = (
    Defect("a class of classes is a base", CLASSES, " or issubclass(base, type):", ":", GUARDS),
    Defect("a text has a hash of the plan's", CLASSES, "        check_hash(made, plan)\n", "", GUARDS),
    Defect(
        "an object that is derived from one of the library shows its address",
        CLASSES,
        "return (*bases, plain) if has_room",
        "return bases if has_room",
        GUARDS,
    ),
    Defect(
        "a field may stand for a method of the library",
        STANDINS,
        "    if owners and (name in",
        "    if 0 and (name in",
        GUARDS,
    ),
    Defect("the name of a field may be source", STANDINS, "name.isidentifier() and name.isascii()", "name", GUARDS),
    Defect(
        "an enum that is made by a call has any method", STANDINS, "        if problem:\n", "        if 0:\n", GUARDS
    ),
    Defect("a zone is kept by an object of the plan", STANDINS, "ZoneInfo(str.__str__(key))", "ZoneInfo(key)", GUARDS),
    Defect(
        "an alias of a class asks the class past its guard",
        "agentflow/guest/guards.py",
        "        value = value.__origin__\n",
        "        break\n",
        GUARDS,
    ),
    Defect(
        "a read-only dict leads to the dict behind it",
        "agentflow/guest/guards.py",
        "return dict(found) if isinstance(found, MappingProxyType) else found",
        "return found",
        GUARDS,
    ),
    Defect(
        "a handler sees that memory ran out",
        "agentflow/guest/policy.py",
        "            node.handlers.insert(0, _limits_go_on(node.handlers[0]))\n",
        "            pass\n",
        GUARDS,
    ),
    Defect(
        "names in lists are not looked at",
        "agentflow/guest/trees.py",
        "                if type(item) is str:\n",
        "                if False:\n",
        LANGUAGE,
    ),
    Defect(
        "a finally counts once",
        "agentflow/guest/syntax.py",
        "if last and _written(tree) > COPIES:",
        "if False:",
        ("tests/validator/test_bombs.py",),
    ),
    Defect(
        "all names are compared with an unknown one",
        "agentflow/validator/findings.py",
        "    if len(known) > _COMPARED:",
        "    if False:",
        ("tests/validator/test_bombs.py",),
    ),
)
