-- Fingerprints of errors: the part of an error message that is the same for different jobs.

-- The fingerprint of job j: the first line of its error that is not blank, within the first 400 characters, in which `…`
-- replaces quoted text, e-mail addresses, UUIDs, hexadecimal ids and numbers, cut at 200 characters. It is never empty
-- and neither begins nor ends with blanks. Only 400 characters are read, so that an error of 5 MB costs no more than one
-- line. A quote within a word (can't) opens no quoted text; one that is not closed extends to the end of the line.
-- filters.traces makes patterns that match all texts with a fingerprint. They rely on the text that is not replaced to
-- stay unchanged and in its order.
-- :name fingerprint
coalesce(
  nullif(
    rtrim(
      left(
        regexp_replace(
          substring({use:head} from E'[^ \\t\\r\\n\\f\\v][^\\r\\n]*'),
          E'[^ \\t<>()"\'`,;:=]+@[^ \\t<>()"\'`,;:=]+[.][[:alpha:]]+'
            '|[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*|0x[0-9a-fA-F]+|[0-9]+(?:[.,:][0-9]+)*'
            '|"(?:[^"\\\\]|\\\\.)*"|\\Y"(?:[^"\\\\]|\\\\.)*\\\\?$|`[^`]*`|\\Y\'(?:[^\']|\'\\w)*\'',
          {use:hole},
          'g'
        ),
        200
      ),
      E' \t\f\x0b'
    ),
    ''
  ),
  '(empty)'
)

-- The message of a Python traceback is its last line.
-- :name head
case
  when left(j.last_error, 33) = 'Traceback (most recent call last)'
    then substring(right(rtrim(j.last_error, E' \t\r\n'), 400) from E'[^\r\n]*$')
  else left(j.last_error, 400)
end

-- `…`, or `*` in a database whose encoding lacks it. It is no literal, because that would be a syntax error there.
-- :name hole
chr(case getdatabaseencoding() when 'UTF8' then 8230 else 42 end)
