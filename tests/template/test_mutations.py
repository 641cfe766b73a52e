"""Nothing in template.yaml can go or change unseen: each part is deleted, then each value altered, and a test must notice.

Texts for people (descriptions, labels, reasons for skipped checks) may be reworded; they may not go, where CloudFormation or a
reader needs them.
"""

import copy
import inspect

import cloudformation
import test_alarms
import test_dashboard
import test_function
import test_inputs
import test_role
import test_rules
import test_samconfig
import test_stores
import test_whole

MODULES = [test_inputs, test_samconfig, test_rules, test_function, test_role, test_stores, test_dashboard, test_alarms, test_whole]
CHECKS = [
    check for module in MODULES for name, check in inspect.getmembers(module, inspect.isfunction) if name.startswith("test_")
]
OF_SOURCE = [check for check in CHECKS if list(inspect.signature(check).parameters) == ["source"]]
OF_TRANSLATION = [check for check in CHECKS if check not in OF_SOURCE]
REWORDABLE = {"Description", "ConstraintDescription", "default", "comment", "Label"}


def parts(node, path=()):
    """Every path into the template."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from parts(value, (*path, key))


def mutants(template: dict):
    for path in parts(template):
        *parents, last = path
        deleted = copy.deepcopy(template)
        node = deleted
        for key in parents:
            node = node[key]
        value = node[last]
        del node[last]
        yield f"without {describe(path)}", deleted
        if not isinstance(value, (dict, list)) and last not in REWORDABLE:
            altered = copy.deepcopy(template)
            node = altered
            for key in parents:
                node = node[key]
            node[last] = value + 1 if isinstance(value, int) and not isinstance(value, bool) else f"{value}x"
            yield f"{describe(path)} = {node[last]!r}", altered


def describe(path) -> str:
    return ".".join(map(str, path))


def survives(mutant: dict) -> bool:
    try:
        for check in OF_SOURCE:
            check(mutant)
        translated = cloudformation.translate(mutant)
        fixtures = {
            "source": mutant,
            "translated": translated,
            "stack": lambda **parameters: cloudformation.resolve(translated, **parameters),
        }
        for check in OF_TRANSLATION:
            check(**{name: fixtures[name] for name in inspect.signature(check).parameters})
    except Exception:  # SAM refused it, or a check failed in one way or another: noticed
        return False
    return True


def test_every_part_of_the_template_is_held_by_a_test():
    template = cloudformation.source()
    assert survives(template), "a test fails on the template as it is"
    tried = list(mutants(template))
    survivors = [name for name, mutant in tried if survives(mutant)]
    assert len(tried) > 2000
    assert survivors == []
