"""Reports of everything that a hostile text could do in a page: scripts, dialogs, CSP reports, foreign requests, elements."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Dialog, Page, Request

_SCRIPT = """
Object.defineProperty(globalThis, 'ran', { set: () => hostileReport('a script ran'), get: () => undefined });
for (const name of ['alert', 'confirm', 'prompt', 'print'])
  globalThis[name] = () => hostileReport('dialog ' + name);
addEventListener('securitypolicyviolation', (event) =>
  hostileReport(`csp ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# What the admin's own views never make.
_ELEMENTS = """
img, iframe, frame, object, embed, video, audio, source, marquee, math, base, template, style, foreignObject, animate,
body script:not(#gw-seed), body link, body meta, form[action], a[href^="javascript:" i], a[href^="data:" i], a[href^="//"],
[onerror], [onload], [onclick], [onfocus], [onmouseover], [ontoggle], [onbegin], [onpageshow], [onanimationstart], [srcdoc]
"""


class Watch:
    """What happened in every tab of a context since it was made; `reports` must stay empty."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.reports: list[str] = []
        self.requests = 0

    @classmethod
    async def over(cls, context: BrowserContext, origin: str) -> Watch:
        """Begins; pages that are open already are told of it at their next navigation."""
        watch = cls(origin)
        await context.expose_function("hostileReport", lambda report: watch.reports.append(report))
        await context.add_init_script(_SCRIPT)
        context.on("request", watch._asked)
        context.on("page", lambda page: page.on("dialog", watch._dialog))
        for page in context.pages:
            page.on("dialog", watch._dialog)
        return watch

    async def elements(self, page: Page) -> None:
        """Counts elements and handlers that only a text could have made."""
        found = await page.evaluate(
            "(css) => [...document.querySelectorAll(css)].map((one) => one.outerHTML.slice(0, 200))", _ELEMENTS
        )
        self.reports += [f"element {one}" for one in found]

    def _asked(self, request: Request) -> None:
        self.requests += 1
        if not request.url.startswith((self.origin + "/", "blob:" + self.origin, "data:image/")):
            self.reports.append(f"foreign request {request.url}")

    async def _dialog(self, dialog: Dialog) -> None:
        self.reports.append(f"dialog {dialog.message}")
        await dialog.dismiss()
