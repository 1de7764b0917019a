"""The state of the page and what changes it. Nothing here touches the browser."""
