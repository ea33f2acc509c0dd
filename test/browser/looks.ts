/** Run in the page: the controls that a screen reader would not name. */
export const unnamed = `[...document.querySelectorAll('button, input, select, textarea, a, svg[role], dialog, [role=region]')]
  .filter((one) => one.getClientRects().length > 0)
  .filter((one) => {
    const label = one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? ''
    return (label + (one.matches('input, select, textarea') ? '' : one.textContent)).trim() === ''
  })
  .map((one) => one.outerHTML.slice(0, 120))`

/** Run in the page: texts whose contrast to what is behind them is below 4.5 (WCAG AA). */
export const faintTexts = `(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data]
  }
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
  }
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor)
      if (color[3] === 255) return color
    }
    return [255, 255, 255, 255]
  }
  const faint = []
  for (const one of document.querySelectorAll('body *')) {
    const own = [...one.childNodes].filter((node) => node.nodeType === 3).map((node) => node.nodeValue.trim()).join('')
    if (own === '' || one.closest('svg') || one.closest('[disabled]') || one.getClientRects().length === 0) continue
    const [a, b] = [light(rgba(getComputedStyle(one).color)), light(behind(one))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (contrast < 4.5) faint.push(own.slice(0, 40) + ': ' + contrast.toFixed(2))
  }
  return faint
})()`
