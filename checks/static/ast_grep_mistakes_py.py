"""Python examples of calls that cannot do what they were written for.

A line that must be reported ends with `# <- slug`; every other line must stay silent.
"""

FILES = {
    "shop/debugger_left_in.py": """\
def total(items):
    breakpoint()  # <- debugger-left-in
    pdb.set_trace()  # <- debugger-left-in
    debugger = breakpoint
    tracer.set_trace()
    return sum(items), debugger
""",
    "tests/test_shop.py": """\
class TestShop(TestCase):
    def test_total(self):
        self.assertTrue(total(items), 5)  # <- assert-true-with-two-values
        self.assertTrue(total(items), "no total")
        self.assertEqual(total(items), 5)
        self.assertTrue(total(items) == 5, "wrong total")
""",
    "shop/joined_with_absolute_path.py": """\
import os

page = os.path.join(root, "/pages")  # <- joined-with-absolute-path
fine = os.path.join(root, "pages")
good = os.path.join(root, "/")
well = os.path.join("/srv", "/pages")
""",
    "shop/string_result_dropped.py": """\
import pytest


def clean(name: str, frame, line):
    name.strip()  # <- string-result-dropped
    name.replace("a", "b")  # <- string-result-dropped
    name = name.strip()
    frame.replace("a", "b", inplace=True)
    line.rstrip()
    path.replace(target)
    with pytest.raises(AttributeError):
        name.strip()
    return name.lower()
""",
    "shop/program_and_arguments_in_one_text.py": """\
import subprocess

subprocess.run("git status")  # <- program-and-arguments-in-one-text
subprocess.run(["git", "status"])
subprocess.run("git status", shell=True)
subprocess.run("git")
""",
    "shop/list_given_to_shell.py": """\
import subprocess

subprocess.run(["git", "status"], shell=True)  # <- list-given-to-shell
subprocess.run(["git", "status"])
subprocess.run(["git status"], shell=True)
""",
    "shop/length_below_zero.py": """\
if len(items) < 0:  # <- length-below-zero
    raise ValueError("no items")
if len(items) <= 0:
    raise ValueError("no items")
if items.count(1) < 0:
    raise ValueError("no items")
""",
}
