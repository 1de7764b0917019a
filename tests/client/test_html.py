"""Whatever a job holds is shown as text and never runs."""

from graphile_worker.admin.client.text import html


def test_markup_in_data_is_text() -> None:
    assert html.esc("<img src=x onerror=\"alert('1')\">&") == (
        "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;"
    )


def test_none_is_nothing_and_numbers_are_themselves() -> None:
    assert html.esc(None) == ""
    assert html.esc(9007199254740993) == "9007199254740993"


def test_direction_and_control_characters_are_written_out() -> None:
    assert html.esc("a\u202eb") == "a⟨U+202E⟩b"
    assert html.esc("a\x00b\x1b[31m") == "a⟨U+0000⟩b⟨U+001B⟩[31m"
    assert html.esc("\u200b\ufeff") == "⟨U+200B⟩⟨U+FEFF⟩"


def test_ordinary_text_of_any_language_stays() -> None:
    for text in ("héllo", "日本語", "a\tb\nc", "🙂", "שלום"):
        assert html.esc(text) == text


def test_attributes_are_quoted_and_absent_ones_left_out() -> None:
    assert html.attrs(data_id='"x', disabled=False, title=None) == ' data-id="&quot;x"'
    assert html.attrs(disabled=True) == " disabled"


def test_a_button_has_a_name_for_everybody() -> None:
    assert 'aria-label="Close"' in html.icon_button("Close", "close", "x")
