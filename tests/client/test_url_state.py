"""The address is the state."""

from graphile_worker.admin.client.model import queries, url_state
from graphile_worker.admin.client.text import percent_encoding


def test_a_bare_address_is_the_newest_jobs() -> None:
    route, dropped = url_state.parse("")
    assert dropped == []
    assert url_state.to_url(route) == "?"
    assert queries.list_query(route) == "?sort=-id&limit=100&payload=preview"


def test_everything_comes_back() -> None:
    url = (
        "?state=ready&state=failed&identifier=a%2Cb&identifier=c&queue=%E2%82%AC&key=k&worker=w&flag=f&search=x%20y"
        "&priority_min=-5&attempts_max=9&run_at_from=2026-11-24T00%3A00%3A00Z"
        "&sort=-run_at&limit=50&cursor=abc&job=9007199254740993"
    )
    route, dropped = url_state.parse(url)
    assert dropped == []
    assert route["identifier"] == ["a,b", "c"]
    assert route["queue"] == ["€"]
    assert route["job"] == "9007199254740993"
    assert url_state.to_url(route) == url


def test_what_does_not_parse_is_named_and_the_rest_kept() -> None:
    route, dropped = url_state.parse(
        "?state=Failed&limit=7&job=abc&nonsense=1&queue=mailers&priority_min=x&created_to=soon&sort=name"
    )
    assert route["queue"] == ["mailers"]
    assert route["state"] == []
    wrong = ["created_to=soon", "job=abc", "limit=7", "nonsense=1", "priority_min=x", "sort=name", "state=Failed"]
    assert sorted(dropped) == wrong


def test_the_word_of_the_page_for_a_state_is_understood() -> None:
    route, dropped = url_state.parse("?state=running&state=locked")
    assert (route["state"], dropped) == (["locked"], [])


def test_broken_escapes_do_no_harm() -> None:
    assert url_state.parse("?search=%zz%E4")[0]["search"] == "%zz\ufffd"
    assert url_state.parse("?search=a+b")[0]["search"] == "a b"


def test_another_filter_starts_at_the_first_page() -> None:
    route = url_state.parse("?cursor=abc&job=4")[0]
    assert url_state.to_url(route, state=["failed"]) == "?state=failed&job=4"
    assert url_state.to_url(route, job="") == "?cursor=abc"


def test_the_list_is_asked_with_the_apis_own_names() -> None:
    route = url_state.parse("?view=jobs&state=locked&queue=a&queue=b&cursor=c&job=3")[0]
    assert queries.list_query(route) == "?state=locked&queue=a&queue=b&sort=-id&limit=100&payload=preview&cursor=c"
    assert url_state.filtered(route)


def test_quoting_is_utf8() -> None:
    assert percent_encoding.quote("é&=/ ") == "%C3%A9%26%3D%2F%20"
    assert percent_encoding.unquote("%C3%A9%26%3D%2F%20") == "é&=/ "


def test_a_table_is_asked_for_its_page() -> None:
    route, dropped = url_state.parse("?view=queues&search=mail&sort=-held&offset=200&db=archive")
    assert dropped == []
    assert queries.table_query(route) == "?search=mail&sort=-held&limit=100&offset=200"
    assert url_state.to_url(route, sort="name") == "?db=archive&view=queues&search=mail&sort=name"
    assert url_state.to_url(url_state.bare(route)) == "?db=archive"


def test_a_job_is_called_as_the_database_calls_it() -> None:
    for given, meant in (("007", "7"), ("0", "0"), ("000", "0"), ("9007199254740993", "9007199254740993")):
        assert url_state.parse("?job=" + given)[0]["job"] == meant
