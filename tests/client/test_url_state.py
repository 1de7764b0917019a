"""The address is the state."""

from graphile_worker.admin.client import url_state


def test_a_bare_address_is_the_newest_jobs() -> None:
    route, dropped = url_state.parse("")
    assert dropped == []
    assert url_state.to_url(route) == "?"
    assert url_state.list_query(route) == "?sort=-id&limit=100&payload=preview"


def test_everything_comes_back() -> None:
    url = (
        "?state=failed&identifier=a%2Cb&identifier=c&queue=%E2%82%AC&key=k&worker=w&search=x%20y"
        "&sort=id&limit=50&cursor=abc&job=9007199254740993"
    )
    route, dropped = url_state.parse(url)
    assert dropped == []
    assert route["identifier"] == ["a,b", "c"]
    assert route["queue"] == ["€"]
    assert route["job"] == "9007199254740993"
    assert url_state.to_url(route) == url


def test_what_does_not_parse_is_named_and_the_rest_kept() -> None:
    route, dropped = url_state.parse("?state=Failed&limit=7&job=abc&nonsense=1&queue=mailers")
    assert route["queue"] == ["mailers"]
    assert route["state"] == "all"
    assert sorted(dropped) == ["job=abc", "limit=7", "nonsense=1", "state=Failed"]


def test_broken_escapes_do_no_harm() -> None:
    assert url_state.parse("?search=%zz%E4")[0]["search"] == "%zz\ufffd"
    assert url_state.parse("?search=a+b")[0]["search"] == "a b"


def test_another_filter_starts_at_the_first_page() -> None:
    route = url_state.parse("?cursor=abc&job=4")[0]
    assert url_state.to_url(route, state="failed") == "?state=failed&job=4"
    assert url_state.to_url(route, job="") == "?cursor=abc"


def test_the_list_is_asked_with_the_apis_own_names() -> None:
    route = url_state.parse("?view=jobs&state=locked&queue=a&queue=b&cursor=c&job=3")[0]
    assert url_state.list_query(route) == "?state=locked&queue=a&queue=b&sort=-id&limit=100&payload=preview&cursor=c"
    assert url_state.filtered(route)


def test_quoting_is_utf8() -> None:
    assert url_state.quote("é&=/ ") == "%C3%A9%26%3D%2F%20"
    assert url_state.unquote("%C3%A9%26%3D%2F%20") == "é&=/ "
