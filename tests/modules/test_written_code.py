"""The Python code in what a model wrote."""

from __future__ import annotations

import pytest

from nbdspy.errors import CodeExecutionError
from nbdspy.modules.written_code import assigned_last, python_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1", "x = 1"),
        ("\n  x = 1\n", "x = 1"),
        ("`6 * 7`", "6 * 7"),
        ("```python\nx = 1\n```", "x = 1"),
        ("```py\nx = 1\n```", "x = 1"),
        ("```Python3\nx = 1\n```", "x = 1"),
        ("```python title='a'\nx = 1\n```", "x = 1"),
        ("```\nx = 1\n```", "x = 1"),
        ("Here it is:\n```python\nif x:\n    y\n```\nIt says y.", "if x:\n    y"),
        ("  ```python\n  x = 1\n  ```", "  x = 1"),
        ("````python\ns = '''\n```\n'''\n````", "s = '''\n```\n'''"),
        ("```python\nx = 1\n```\nand\n```python\nprint(x)\n```", "x = 1\nprint(x)"),
        ("```python\nprint(1)\n```\nOutput:\n```\n1\n```", "print(1)"),
        ("```bash\npip install x\n```\n```python\nprint(1)\n```", "print(1)"),
        ("```\nx = 1\n```\n```\n1\n```", "x = 1"),
        ("```python\n\n```\n```python\nx = 1\n```", "x = 1"),
        ("```python\nprint(1)\nprint(2", "print(1)\nprint(2"),  # a reply that was cut
        ("```python\r\nx = 1\r\n```", "x = 1"),
    ],
)
def test_code_is_taken_out_of_its_fences(text: str, code: str) -> None:
    assert python_in(text) == code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no code in the reply"),
        (" \n ", "There is no code in the reply"),
        ("```python\n\n```", "There is no code in the reply"),
        ("```sql\nselect 1\n```", "in a fence of sql; only Python is run"),
    ],
)
def test_a_reply_without_code_is_told_so(text: str, said: str) -> None:
    with pytest.raises(CodeExecutionError, match=said):
        python_in(text)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("a = 1", "a"),
        ("a=1", "a"),
        ("a: int = 1", "a"),
        ("a = 1\na += 1\n\n# done\n", "a"),
        ("a = 8\na //= 2", "a"),
        ("größe = 1", "größe"),
        ("a = (\n    1 +\n    2\n)", "a"),
        ("a = b = 1", "a"),
        ("a = 1\nprint(a)", None),
        ("a = 1\nprint(a, end='')", None),
        ("a == 1", None),
        ("if True:\n    a = 1", None),
        ("n = 5\ndef solve():\n    return n", None),
        ("a, b = 1, 2", None),
        ("a[0] = 1", None),
        ("a.b = 1", None),
        ("", None),
    ],
)
def test_what_is_assigned_last_is_known(code: str, name: str | None) -> None:
    assert assigned_last(code) == name
