import { escapeHtml } from '../../adapters/nodemailer/html.ts'
import type { PlayMailServer } from './mail-server.ts'
import { moods, type PlayReceiver } from './receiver.ts'

/** Whether a request names this machine, and, if a page sent it, whether that page is one of ours. */
export function isFromHere(request: Request): boolean {
  const { hostname, host } = new URL(request.url)
  const isNear = hostname === 'localhost' || hostname === '127.0.0.1'
  const origin = request.headers.get('origin')
  return isNear && (origin === null || origin === `http://${host}`)
}

/** The receiver's switch and the inbox. */
export function pageOf({ mood, arrivals }: PlayReceiver, { mails }: PlayMailServer): Response {
  const button = (one: string) =>
    `<form method="post" action="/playground?become=${one}"><button${one === mood ? ' disabled' : ''}>${one}</button></form>`
  const letter = (mail: PlayMailServer['mails'][number]) =>
    `<article><h3>${escapeHtml(mail.subject)}</h3><p>to ${escapeHtml(mail.to.join(', '))}</p><pre>${escapeHtml(mail.text)}</pre></article>`
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>hookward playground</title>
<style>body{font-family:system-ui,sans-serif;margin:2rem;max-width:60rem}form{display:inline}pre{white-space:pre-wrap}</style></head>
<body><h1>Playground</h1><p><a href="/">The dashboard</a></p>
<h2>The receiver of acme-bot answers: ${mood}</h2><p>${moods.map(button).join(' ')}</p><p>${arrivals.length} requests have arrived.</p>
<h2>Inbox: ${mails.length}</h2>
${[...mails].reverse().map(letter).join('\n')}
</body></html>
`
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
  return new Response(html, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'cache-control': 'no-store',
    },
  })
}
