import { createHash } from 'node:crypto'

const style = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.2rem } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem }
.state { border: 1px solid #8888; border-radius: 6px; display: inline-block; margin: .25rem; padding: .25rem .6rem; vertical-align: top }
.state.now { border: 2px solid; font-weight: 600 }
.state.now > .name::before { content: "\\25CF  " }
.last { opacity: .75 }
`

const script = `
const actors = new Map()
const main = document.querySelector('main')
const element = (tag, name, text) => {
  const made = document.createElement(tag)
  if (name) made.className = name
  if (text) made.textContent = text
  return made
}
const draw = (states, path) => Object.entries(states ?? {}).map(([name, state]) => {
  const box = element('div', 'state')
  box.dataset.path = [...path, name].join('.')
  box.append(element('div', 'name', name), ...draw(state.states, [...path, name]))
  return box
})
const pathsOf = (value) => typeof value === 'string' ? [value]
  : Object.entries(value ?? {}).flatMap(([name, inner]) => [name, ...pathsOf(inner).map((path) => name + '.' + path)])
const mark = (section, snapshot, event) => {
  const now = new Set(pathsOf(snapshot?.value))
  for (const box of section.querySelectorAll('.state')) {
    box.classList.toggle('now', now.has(box.dataset.path))
    if (now.has(box.dataset.path)) box.setAttribute('aria-current', 'true'); else box.removeAttribute('aria-current')
  }
  section.querySelector('.last').textContent = [event, JSON.stringify(snapshot?.context ?? {})].filter(Boolean).join('  ')
}
const show = (frame) => {
  if (frame.type === '@xstate.actor') {
    actors.get(frame.sessionId)?.remove()
    const section = element('section')
    section.append(element('h2', '', frame.name), ...draw(JSON.parse(frame.definition).states, []), element('p', 'last'))
    actors.set(frame.sessionId, section)
    main.append(section)
  }
  const section = actors.get(frame.sessionId)
  if (section && frame.snapshot) mark(section, frame.snapshot, frame.event?.type)
}
const socket = new WebSocket('ws://' + location.host + '/' + location.search)
socket.onmessage = ({ data }) => show(JSON.parse(data))
socket.onclose = ({ reason }) => { document.querySelector('h1').textContent = reason || 'The engine is gone: load this page again' }
`

/** Draws each actor's states as boxes and marks the one it is in. Nothing is loaded from anywhere else. */
export const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>hookward inspector</title>
<style>${style}</style></head>
<body><h1>Live actors</h1><main aria-live="polite"></main><script>${script}</script></body></html>
`

/** Only this very script and style may run. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'sha256-${digest(script)}'`,
    `style-src 'sha256-${digest(style)}'`,
    "connect-src 'self' ws:",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}
