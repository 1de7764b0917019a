"""Payloads are shown as they are stored."""

from graphile_worker.admin.client.payloads import json_text


def plain(html: str) -> str:
    """The text that stands there while nothing is folded."""
    html = html.replace("<details open><summary>", "")
    while "<i>" in html:
        before, _, rest = html.partition("<i>")
        html = before + rest.partition("</i>")[2]
    html = html.replace("</summary>", "\n").replace("</details>", "\n")
    while "\n\n" in html:
        html = html.replace("\n\n", "\n")
    for mark in ("key", "number", "string"):
        html = html.replace('<b class="%s">' % mark, "")
    html = html.replace("</b>", "").replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">")
    return html.replace("&amp;", "&").rstrip()


def shown(text: str) -> str:
    return plain(json_text.pretty(text)[0])


def test_digits_and_order_survive() -> None:
    assert shown('{"b":9007199254740993,"a":49.90,"c":1e400,"d":-0}') == (
        '{\n  "b": 9007199254740993,\n  "a": 49.90,\n  "c": 1e400,\n  "d": -0\n}'
    )


def test_empty_ones_stay_on_their_line() -> None:
    assert shown('[{ },[ ], "" ]') == '[\n  {},\n  [],\n  ""\n]'


def test_strings_with_quotes_backslashes_and_braces() -> None:
    assert shown('{"a\\"{":"\\\\","b":"[,:]"}') == '{\n  "a\\"{": "\\\\",\n  "b": "[,:]"\n}'
    assert shown('"\\u0000 \\ud800"') == '"\\u0000 \\ud800"'


def test_keys_and_values_have_their_own_colour() -> None:
    html, cut = json_text.pretty('{"a":"x","n":1,"t":true}')
    assert '<b class="key">&quot;a&quot;</b>: <b class="string">&quot;x&quot;</b>' in html
    assert '<b class="number">true</b>' in html
    assert not cut


def test_markup_in_a_payload_is_text() -> None:
    assert "<script" not in json_text.pretty('{"x":"<script>alert(1)</script>"}')[0]


def test_seven_thousand_levels() -> None:
    html, cut = json_text.pretty("[" * 7000 + "]" * 7000)
    assert cut
    assert html.count("\n") < json_text.LINES_MAX
    assert html.count("<details") == html.count("</details>") == json_text.FOLDED_MAX


def test_a_text_cut_by_the_server_is_shown_as_far_as_it_goes() -> None:
    assert shown('{"a":"unfinis') == '{\n  "a": "unfinis'
    assert shown('{"a":[1,2') == '{\n  "a": [\n    1,\n    2'


def test_other_languages() -> None:
    assert shown('{"ключ":"значение 🙂"}') == '{\n  "ключ": "значение 🙂"\n}'


def test_what_is_folded_says_how_much_and_keeps_its_comma() -> None:
    html, _ = json_text.pretty('{"items":[1,[2,3],{"a":1}],"x":{}}')
    assert '<details open><summary>  <b class="key">&quot;items&quot;</b>: [<i> 3 items ],</i></summary>' in html
    assert "<summary>    [<i> 2 items ],</i></summary>" in html
    assert "<summary>    {<i> 1 member }</i></summary>" in html
    assert shown("[[1],[2]]") == "[\n  [\n    1\n  ],\n  [\n    2\n  ]\n]"


def test_a_cut_tree_is_closed_again() -> None:
    html, cut = json_text.pretty('{"a":[1,2,3],"b":[4', 4)
    assert cut and html.count("<details") == html.count("</details>")
