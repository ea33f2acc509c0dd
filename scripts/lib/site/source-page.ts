import { escaped } from '../diagrams/text.ts'

/** A page that shows a file of the repository, in the colours of the site. The generator puts it into `media`. */
export function sourcePage(path: string, text: string): string {
  return `<!doctype html>
<html lang="en" data-base="../">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(path)} | hookward</title>
<link rel="stylesheet" href="../assets/style.css">
<link rel="stylesheet" href="../assets/custom.css">
</head>
<body class="source">
<script>document.documentElement.dataset.theme = localStorage.getItem("tsd-theme") || "os"</script>
<p><a href="../index.html">hookward</a></p>
<h1>${escaped(path)}</h1>
<pre><code>${escaped(text)}</code></pre>
</body>
</html>
`
}
