"""The types of JSON responses, by noun: the OpenAPI description is made from them, and tests check every response.

`values` has what several of them share. PostgreSQL builds the text of most rows; where Python builds an object, a
function beside its type does. The names of the types are those of the schemas in the OpenAPI description.
"""
