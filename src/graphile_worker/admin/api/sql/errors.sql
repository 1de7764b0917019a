-- What jobs failed of, told apart by what does not change from one job to the next.

-- The fingerprint of job j: the first line of its error that is not blank, as far as the first 400 characters have it,
-- what is quoted, e-mail addresses, UUIDs, hexadecimal ids and numbers as `…`, cut at 200 characters. Never empty and
-- never led in or followed by blanks. Only 400 characters are read, so that an error of 5 MB costs no more than one of
-- a line. A quote within a word (can't) opens nothing, one that is not closed goes to the end of the line.
-- filters.traces makes patterns that find all texts with a fingerprint: what is not replaced has to stay as it is, in
-- its order.
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

-- Python ends with what it has to say: of its traceback the last line is taken.
-- :name head
case
  when left(j.last_error, 33) = 'Traceback (most recent call last)'
    then substring(right(rtrim(j.last_error, E' \t\r\n'), 400) from E'[^\r\n]*$')
  else left(j.last_error, 400)
end

-- `…`, or `*` in a database whose encoding has none. Not a literal: that would not even be understood there.
-- :name hole
chr(case getdatabaseencoding() when 'UTF8' then 8230 else 42 end)
