"""Believable payloads. Every function takes a Random and gives what the task's job carries."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

_FIRST = ("amara", "björn", "chiara", "dmitri", "eun-ji", "fatou", "guillermo", "hana", "imre", "josé", "kezia", "luca")
_LAST = (
    "andersen",
    "bianchi",
    "costa",
    "dubois",
    "eriksen",
    "fofana",
    "garcía",
    "horváth",
    "ito",
    "jansen",
    "kowalski",
)
_SUBJECTS = ("welcome", "receipt", "password-reset", "shipment", "new-login", "plan-changed")
_EVENTS = ("order.created", "order.paid", "order.shipped", "customer.updated", "refund.issued", "invoice.finalised")
_HOSTS = ("hooks.alder.example", "api.birch.example", "in.cedar.example", "events.dogwood.example")
_REPORTS = ("revenue-by-month", "churn-cohorts", "stock-on-hand", "support-load", "tax-summary-eu")


def person(random: Random) -> str:
    """An address that cannot exist."""
    return f"{random.choice(_FIRST)}.{random.choice(_LAST)}{random.randint(1, 99)}@example.com"


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def email(random: Random) -> dict[str, Any]:
    """A transactional message."""
    template = random.choice(_SUBJECTS)
    return {
        "to": person(random),
        "template": template,
        "locale": random.choice(("en", "de", "fr", "ja", "pt-BR")),
        "vars": {"order": random.randint(100_000, 999_999), "first_name": random.choice(_FIRST).title()},
    }


def webhook(random: Random) -> dict[str, Any]:
    """An event for somebody's endpoint."""
    return {
        "url": f"https://{random.choice(_HOSTS)}/v1/hooks/{random.randint(10, 99)}",
        "event": random.choice(_EVENTS),
        "delivery": _uuid(random),
        "body": {"id": random.randint(10**5, 10**7), "total": random.randint(500, 90_000), "currency": "EUR"},
    }


def charge(random: Random) -> dict[str, Any]:
    """A payment, amounts in cents."""
    return {
        "customer": f"cus_{random.getrandbits(40):010x}",
        "amount": random.randint(490, 120_000),
        "currency": random.choice(("EUR", "USD", "GBP")),
        "card_last4": f"{random.randint(0, 9999):04d}",
        "idempotency_key": _uuid(random),
    }


def invoice(random: Random) -> dict[str, Any]:
    """An invoice with its lines."""
    count = random.randint(1, 6)
    lines = [{"sku": f"SKU-{random.randint(100, 999)}", "quantity": random.randint(1, 9)} for _ in range(count)]
    return {
        "order": random.randint(100_000, 999_999),
        "country": random.choice(("DE", "FR", "IT", "PL")),
        "lines": lines,
    }


def crm(random: Random) -> dict[str, Any]:
    """An account to bring up to date."""
    return {
        "account": random.randint(1, 900),
        "since": f"2026-11-{random.randint(1, 23):02d}",
        "full": random.random() < 0.1,
    }


def image(random: Random) -> dict[str, Any]:
    """A picture in several widths."""
    return {
        "object": f"uploads/{_uuid(random)}.jpg",
        "widths": [320, 640, 1280],
        "quality": random.choice((75, 82, 90)),
    }


def video(random: Random) -> dict[str, Any]:
    """A video and the profiles asked for."""
    return {"object": f"raw/{_uuid(random)}.mov", "profiles": ["720p", "1080p"], "duration": random.randint(20, 1800)}


def report(random: Random) -> dict[str, Any]:
    """A report for somebody."""
    return {"report": random.choice(_REPORTS), "format": random.choice(("csv", "xlsx")), "requested_by": person(random)}


def reminder(random: Random) -> dict[str, Any]:
    """A reminder that a trial ends."""
    return {"to": person(random), "template": "trial-ends", "days_left": random.choice((1, 3, 7))}


def digest(random: Random) -> dict[str, Any]:
    """A weekly summary."""
    return {"to": person(random), "template": "weekly-digest", "week": f"2026-W{random.randint(40, 50)}"}


def session(random: Random) -> dict[str, Any]:
    """A login that ends."""
    return {"session": _uuid(random)}


def document(random: Random) -> dict[str, Any]:
    """A document for the search index."""
    return {"document": random.randint(1, 2_000_000), "index": "docs-2026-11", "tenant": random.randint(1, 80)}


def product(random: Random) -> dict[str, Any]:
    """One row of a product file."""
    number = random.randint(1, 60_000)
    return {
        "file": "catalogue-2026-11-23.csv",
        "row": number,
        "sku": f"P-{number:05d}",
        "price": f"{random.uniform(1, 900):.2f}",
    }
