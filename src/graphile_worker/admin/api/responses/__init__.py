"""The types of the answers, by noun. The OpenAPI document is made from them."""
