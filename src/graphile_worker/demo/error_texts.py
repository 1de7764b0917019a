"""Error texts as real applications write them. Names in braces are members of the failed job's payload."""

SMTP = (
    """
SMTPError: 451 4.7.1 Greylisting in action, please come back later
    at SMTPConnection._actionRCPT (/srv/app/mail/smtp.js:312:21)
    at SMTPConnection._onData (/srv/app/mail/smtp.js:141:14)
    at TLSSocket.emit (node:events:518:28)
  recipient: {to}
  template: {template}""",
    """
SMTPError: 550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table
    at sendTransactional (/srv/app/tasks/send_email.js:48:11)
    at async runTask (/srv/app/worker.js:77:5)""",
    """
TemplateError: template {template!r} wants a value for 'first_name'
    at render (/srv/app/mail/templates.js:29:13)
    at async sendTransactional (/srv/app/tasks/send_email.js:41:16)""",
)

HTTP = (
    """
HTTP 503 Service Unavailable from {url}
  attempt took 1204 ms, retry-after: 30
  body: {{"error": "upstream connect error or disconnect/reset before headers"}}
    at deliver (/srv/app/tasks/webhook.js:63:9)""",
    """
FetchError: request to {url} failed
  cause: connect ECONNREFUSED 203.0.113.41:443
    at ClientRequest.<anonymous> (/srv/app/http.js:108:11)
    at deliver (/srv/app/tasks/webhook.js:57:17)""",
    """
HTTP 410 Gone from {url}
  The endpoint asked not to be called again for event {event}.""",
    """
TimeoutError: {url} sent no answer within 3000 ms (delivery {delivery})""",
)

CARD = (
    """
CardDeclined: the bank declined the charge (code: insufficient_funds)
  customer: {customer}
  amount: {amount} {currency}, card ending {card_last4}
    at PaymentGateway.charge (/srv/app/payments/gateway.js:212:13)
    at async charge_card (/srv/app/tasks/charge_card.js:19:3)""",
    """
GatewayError: 429 Too Many Requests
  The payment provider limits this account to 25 charges a second.
  idempotency key: {idempotency_key}""",
)

INVOICE = (
    """
Traceback (most recent call last):
  File "/srv/billing/tasks.py", line 88, in generate_invoice
    rate = tax_rate(order.country, on=order.date)
  File "/srv/billing/tax.py", line 41, in tax_rate
    return TABLE[country].at(on)
KeyError: '{country}'

While making the invoice of order {order}.""",
    """
Traceback (most recent call last):
  File "/srv/billing/tasks.py", line 97, in generate_invoice
    number = next_number(connection)
  File "/srv/billing/numbers.py", line 17, in next_number
    cursor.execute(statement)
psycopg.errors.SerializationFailure: could not serialize access due to concurrent update""",
)

CRM = (
    """
CrmError: 504 Gateway Timeout after 20000 ms
  account: {account}, since {since}
    at CrmClient.request (/srv/app/crm/client.js:91:15)
    at async syncAccount (/srv/app/tasks/sync_crm.js:33:20)""",
    """
CrmError: invalid_grant: the access token expired and could not be refreshed
  An administrator has to connect the CRM again (account {account}).""",
)

IMAGE = (
    """
VipsJpeg: premature end of JPEG image
  object: {object}
  read 81920 of 245113 bytes
    at resize (/srv/media/resize.js:55:11)""",
    """
NoSuchKey: The specified key does not exist.
  bucket: media-prod
  key: {object}
    at S3Client.getObject (/srv/media/store.js:40:9)""",
)

VIDEO = (
    """
ffmpeg exited with code 137 (killed)
[mov,mp4,m4a @ 0x5581f2c0] moov atom found at 0x2c
frame= 4312 fps= 61 q=28.0 size=  118784kB time=00:02:23.73 speed=2.04x
Killed: the container went over its memory limit (2 GiB)
  object: {object}""",
    """
ffmpeg exited with code 1
{object}: Invalid data found when processing input""",
)

REPORT = (
    """
QueryCanceled: canceling statement due to statement timeout
  report: {report}
  requested by: {requested_by}
    SELECT date_trunc('month', paid_at), sum(amount) FROM payments …
    at runReport (/srv/app/reports/run.js:74:22)""",
    """
Error: ENOSPC: no space left on device, write
    at writeFile (/srv/app/reports/sheet.js:131:7)
    at async export_report (/srv/app/tasks/export_report.js:52:3)
  report: {report}.{format}""",
)

SEARCH = (
    """
SearchError: index {index} is read-only: disk usage above the flood stage watermark (95 %)
  document: {document}""",
)

IMPORT = (
    """
ValueError: row {row} of {file}: price {price!r} needs a currency
  sku: {sku}""",
)
