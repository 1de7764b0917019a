"""Texts that would run, load or break out somewhere, at most 63 bytes each so that a schema can have them as its name."""

from __future__ import annotations

PAYLOADS = (
    # the part of scripts/test: one of each kind
    "<img src=x onerror=ran=1>", '"><svg onload=ran=1>', "'><script>ran=1</script>", "</script><script>ran=1</script>",
    "javascript:ran=1", '" onmouseover="ran=1" autofocus onfocus="ran=1', "<iframe srcdoc='<script>top.ran=1</script>'>",
    "<base href=//foreign.test/>", "<style>@import'//foreign.test/x'</style>", "&lt;img src=x onerror=ran=1&gt;",
    # elements with a handler
    "<img src=x onerror=alert(1)>", "<IMG SRC=x OnErRoR=ran=1>", "<img/src=x/onerror=ran=1>", "<img src=`x` onerror=ran=1>",
    "<img src=x onerror=&#114;an=1>", "<svg/onload=ran=1>", "<svg><script>ran=1</script></svg>",
    "<svg><animate onbegin=ran=1 attributeName=x dur=1s>", "<body onload=ran=1>", "<body onpageshow=ran=1>",
    "<video src=x onerror=ran=1>", "<video><source onerror=ran=1>", "<audio src=x onerror=ran=1>",
    "<details open ontoggle=ran=1>x", "<input autofocus onfocus=ran=1>", "<select autofocus onfocus=ran=1>",
    "<textarea autofocus onfocus=ran=1>", "<marquee onstart=ran=1>", "<object data=x onerror=ran=1>",
    "<p onanimationstart=ran=1 style=animation:x>", "<x tabindex=1 id=x onfocus=ran=1>", "<dialog open onclose=ran=1>",
    # elements that load or lead away
    "<script src=//foreign.test/x.js></script>", "<img src=//foreign.test/x>", "<link rel=stylesheet href=//foreign.test/x>",
    "<meta http-equiv=refresh content=0;url=//foreign.test>", "<embed src=//foreign.test/x>",
    "<object data=//foreign.test/x></object>", "<iframe src=javascript:top.ran=1></iframe>",
    "<form action=//foreign.test><input type=submit autofocus>", "<a href=javascript:ran=1>x</a>",
    "<p style=background:url(//foreign.test/x)>", "<link rel=prefetch href=//foreign.test/x>",
    # out of an attribute, a script, a comment, a text area, a template
    "' onmouseover='ran=1", "` onmouseover=`ran=1", "\" style=\"background:url(//foreign.test)", "-->\n<img src=x onerror=ran=1>",
    "]]><img src=x onerror=ran=1>", "</title><img src=x onerror=ran=1>", "</textarea><img src=x onerror=ran=1>",
    "</style><img src=x onerror=ran=1>", "</template><img src=x onerror=ran=1>", "</noscript><img src=x onerror=ran=1>",
    "';ran=1;//", '";ran=1;//', "${ran=1}", "{{constructor.constructor('ran=1')()}}", "\\u003cimg src=x onerror=ran=1\\u003e",
    # other schemes, mutations, direction, foreign content
    "data:text/html,<script>ran=1</script>", "JaVaScRiPt:ran=1", "java\tscript:ran=1", "vbscript:ran=1",
    "<math><mtext><img src=x onerror=ran=1>", "<svg><style><img src=x onerror=ran=1>",
    "<noscript><p title='</noscript><img src=x onerror=ran=1>'>", "<table><td><img src=x onerror=ran=1>",
    "\u202e<img src=x onerror=ran=1>\u2066", "\ufeff<img src=x onerror=ran=1>", "\uff1cscript\uff1eran=1\uff1c/script\uff1e",
    "<script>ran=1</script\n>", "<scr<script>ipt>ran=1</scr</script>ipt>", "%3Cimg%20src=x%20onerror=ran=1%3E",
)  # fmt: skip
PART = 10
