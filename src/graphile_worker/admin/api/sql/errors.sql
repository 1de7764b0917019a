-- The errors of jobs, grouped by what does not change from one job to the next.

-- The fingerprint of job j: its variant, with what is quoted, e-mail addresses, UUIDs, hexadecimal ids and numbers as
-- `…`, cut at 200 characters. Never empty and never led in or followed by blanks. A quote within a word (can't) opens
-- nothing, one that is not closed goes to the end of the line. Codes, ports and names of database objects stay.
-- filters.fingerprint_patterns makes patterns that find all texts with a fingerprint: what is not replaced has to stay as
-- it is, in its order.
-- :name fingerprint
(select {use:fingerprint_of(r.variant)} from (select {use:variant} as variant offset 0) r)

-- The fingerprint of a variant.
-- :name fingerprint_of
(
  select {use:fingerprint_of_coded}
  from (select {use:coded({it})} as text, {use:plain({it})} as plain offset 0) c
)

-- Whether a variant has none of the control characters that stand for what is kept.
-- :name plain
{it} !~ E'[\x01-\x08\x0e-\x12]'

-- A variant in which the digits and quotes of its codes are control characters (`shields`), so that they are kept.
-- :name coded
(
  select case when one.found is null then v.text
    else replace(v.text, one.found, translate(one.found, {use:shielded}, {use:shields})) end
  from (select {it} as text offset 0) v
  cross join lateral (
    select case when {use:plain(v.text)} then coalesce({use:found_code(v.text)}, {use:found_port(v.text)}, {use:found_known(v.text)}) end as found
    offset 0
  ) one
)

-- What is kept: a code, a port, or a number of a known form. Each expression is searched only where a word of it stands.
-- :name found_code
case when lower({it}) like any(array['%status%', '%http%', '%smtp%', '%code%', '%errno%', '%os error%', '%exit%', '%sqlstate%'])
  then substring({it} from {use:code}) end
-- :name found_port
case when lower({it}) like any(array['%port _%', '%localhost:%', '%//%:%', '%::1%', '%]:%', '%.%:_%'])
  then substring({it} from {use:port}) end
-- :name found_known
case when {use:contains_known({it})} then substring({it} from {use:known}) end
-- :name contains_known
lower({it}) like any(array['%p____%', '%ora-%', '%e11000%', '%ts____%', '% _._._%', '%not found%', '%bad %', '%una%', '%forbidden%', '%server%', '%gateway%', '%too many%', '%conflict%', '%client error%'])

-- A variant whose digits 1 to 5 and 6 to 9 are the same ones. It has its code or port where the variant has it.
-- :name skeleton
translate({it}, '2345789', '1111666')
-- :name found_in_skeleton
case when {use:plain({it})} then coalesce({use:found_code({it})}, {use:found_port({it})}) end

-- The coded variant, from where its skeleton has the code: `place` is 0 for no code, null where that has to be searched.
-- :name coded_at
case
  when s.place = 0 then v.variant
  when s.place > 0 then overlay(
    v.variant placing translate(substr(v.variant, s.place, s.size), {use:shielded}, {use:shields}) from s.place for s.size
  )
  else {use:coded(v.variant)}
end

-- A coded variant with other digits, and then with other hexadecimal ids. Both have the fingerprint of the variant: no
-- digit stays in it but those of a port behind an IP address, and of the others only the 0 of `0x` is special.
-- :name masked
case
  when {it} like '%_._%._%._%:_%' and {it} ~ '[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+:[0-9]' then {it}
  else translate({it}, '23456789', '11111111')
end
-- :name masked_ids
case
  when {it} like '%@%' then {it}
  else regexp_replace(
    {it}, E'(?<![.,:])\\m(?=[0-9]*[a-fA-F])([0-9a-fA-F])[0-9a-fA-F]{7,}(?:-[0-9a-fA-F]{4,})*', E'\\1aaaaaaaa', 'g'
  )
end

-- The fingerprint of the coded variant `c.text`. Names of objects are kept by control characters too.
-- :name fingerprint_of_coded
(
  select coalesce(nullif(rtrim(left(translate(
    regexp_replace(
      s.text,
      E'[^ \\t<>()"\'`,;:=]+@[^ \\t<>()"\'`,;:=]+[.][[:alpha:]]+'
        '|[0-9]+[.][0-9]+[.][0-9]+[.][0-9]+(:[0-9]+)?'
        '|[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*|0x[0-9a-fA-F]+|[0-9]+(?:[.,:][0-9]+)*'
        '|"(?:[^"\\\\]|\\\\.)*"|\\Y"(?:[^"\\\\]|\\\\.)*\\\\?$|`[^`]*`|\\Y\'(?:[^\']|\'\\w)*\'',
      {use:hole} || E'\\1',
      'g'
    ),
    case when c.plain then {use:shields} else '' end, {use:shielded}
  ), 200), E' \t\f\x0b'), ''), '(empty)')
  from (
    select case when c.plain and c.text like '%"%'
      then regexp_replace(c.text, {use:named} || E'"([A-Za-z_@][^" ]*)"', E'\\1\x10\\2\x10', 'g') else c.text end as text
    offset 0
  ) a
  cross join lateral (
    select case when c.plain and a.text like '%''%' then regexp_replace(
      regexp_replace(a.text, {use:named} || E'\'([A-Za-z_@][^\' ]*)\'', E'\\1\x11\\2\x11', 'g'),
      E'\'([A-Za-z_.]+)\'( object)', E'\x11\\1\x11\\2', 'g'
    ) else a.text end as text
    offset 0
  ) b
  cross join lateral (
    select case when c.plain and b.text like '%`%'
      then regexp_replace(b.text, {use:named} || E'`([A-Za-z_@][^`]*)`', E'\\1\x12\\2\x12', 'g') else b.text end as text
    offset 0
  ) s
)

-- A number that is a code, with the word before it.
-- :name code
E'(?i)((?:(?:https?(?:/[0-9.]+| error)?|status(?:[ _-]?code)?|code|smtp)[ :=(["\']*[0-9]{3}'
  '|(?:errno|os error|exit(?:ed)?(?: with)? (?:code|status))[ :=]*-?[0-9]{1,3}'
  '|sqlstate[ :=(["\']*[0-9a-z]{5}|code[ :=("\']*(?:[0-5xph][0-9avx])[0-9a-z]{3})(?![0-9a-z]))'

-- A port, with what it belongs to.
-- :name port
E'(?i)((?:port[ :=]+[0-9]+|(?:localhost|//[a-z0-9.-]+|::1|[[][0-9a-f:]+[]]):[0-9]{2,5}'
  '|[a-z0-9-]+[.](?:com|net|org|io|dev|app|internal|local|lan|example|svc|cloud|de|eu):[0-9]{2,5})(?![0-9a-z:]))'

-- A number that its own form, or the words after it, make a code.
-- :name known
E'(?i)((?:p[0-9]{4}|ora-[0-9]{5}|e11000|ts[0-9]{4}|[245][0-9]{2}[ -][245][.][0-9]{1,3}[.][0-9]{1,3}'
  '|[45][0-9]{2} (?:not found|bad|unauthorized|unavailable|forbidden|internal|service|gateway|too many|conflict|client|server))(?![0-9a-z]))'

-- What the quoted name of an object comes after.
-- :name named
E'(\\m(?:constraint|relation|table|column|index|function|procedure|type|schema|database|role|sequence|view|trigger|extension|property|field|model|enum'
  '|argument|parameter|attribute|method|module|named|name|class|variable|reading|for key|for user) \\(?|KeyError: |fields?: \\(?)'

-- :name shielded
'0123456789"''`'
-- :name shields
E'\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x11\x12'

-- The line of an error that groups it, as it is. All jobs of a variant have the same fingerprint.
-- :name variant
coalesce(nullif(rtrim(left({use:line}, 300), E' \t\f\x0b'), ''), '(empty)')

-- The line that tells most. Of Python's traceback it is the exception, of an error with causes (Java, Rust) the last
-- cause; of others the first line, unless it has nothing but the name of an error, or announces another line.
-- :name line
(
  select case
    when e.text like 'Traceback (most recent call last)%' then coalesce(
      substring(e.text from E'.*\\n  File[^\\n]*(?:\\n[ \\t][^\\n]*)*\\n([^ \\t\\r\\n][^\\r\\n]*)'),
      substring(rtrim(e.text, E' \t\r\n') from E'[^\\r\\n]*$')
    )
    when e.text like 'Caused by:%' then coalesce(
      substring(e.text from E'^Caused by:[ \\t]*([^ \\t\\r\\n][^\\r\\n]*)'),
      substring(e.text from E'^Caused by:(?:[ \\t\\r]*\\n[ \\t]+[^\\r\\n]*)*\\n[ \\t]+(?:[0-9]+: )?([^ \\t\\r\\n][^\\r\\n]*)'),
      e.first
    )
    when e.first ~* {use:announcement} then coalesce(
      case when e.first ~ 'invocation' then
        substring(e.text from E'invocation[^\\n]*\\n(?:(?![A-Z][^:])[^\\n]*\\n)*([A-Z][^:][^\\r\\n]*)')
      end,
      substring(e.text from E'(?i)(?:^|\\n)[ \\t]*(?!(?:' || substr({use:announcement}, 2) || E')|at |File |[.]{3})([^ \\t\\r\\n][^\\r\\n]*)'),
      e.first
    )
    else e.first
  end
  from (
    select h.text, substring(left(h.text, 400) from E'[^ \\t\\r\\n\\f\\v][^\\r\\n]*') as first
    from (select {use:head} as text offset 0) h
    offset 0
  ) e
)

-- A line without a message: the name of an error, `Invalid … invocation`, the place of a panic of Rust.
-- :name announcement
E'^(?:(?:uncaught |unhandled )?[a-z0-9_.$:]*(?:error|exception):?|invalid [^\\r\\n]*invocation[^\\r\\n]*|(?:thread [^\\r\\n]* )?panicked at [^\\r\\n\']*:[0-9]+:[0-9]+:|caused by:|[-=]+)[ \\t]*(?:[\\r\\n]|$)'

-- The part of an error that its line is in. It is bounded, so that an error of 5 MB costs no more than a short one.
-- :name head
case
  when strpos(left(j.last_error, 400), 'Traceback (most recent call last)') > 0
    then E'Traceback (most recent call last)\n' || right(rtrim(j.last_error, E' \t\r\n'), 2000)
  when strpos(left(j.last_error, 20000), E'\nCaused by:') > 0
    then left(substring(left(j.last_error, 20000) from E'.*\\n(Caused by:.*)'), 1000)
  else left(j.last_error, 1000)
end

-- The beginning of an error; of Python's traceback what it ends with.
-- :name example
case when left(j.last_error, 33) = 'Traceback (most recent call last)' then {use:line} else left(j.last_error, 300) end

-- `…`, or `*` in a database whose encoding has none. Not a literal: that would not even be understood there.
-- :name hole
chr(case getdatabaseencoding() when 'UTF8' then 8230 else 42 end)
