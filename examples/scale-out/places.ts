/** Where everything listens: 31 addresses of this machine, from `BASE` on. */
const base = Number(process.env.BASE ?? 8_000)
const at = (port: number): string => `http://127.0.0.1:${base + port}`

export const key = process.env.HOOKWARD_KEY ?? ''
export const ingress = [at(11), at(12), at(13)]
export const admin = at(21)
/** The one address before all workers. */
export const front = { port: base + 40, url: at(40) }
export const workerPort = (n: string): number => base + 40 + Number(n)
export const receiver = { port: base + 50, url: at(50) }
/** What is judged and where mail goes is the workers' business; a host of one process gives it to its engine. */
export const judged = { policy: 'standard', network: { allow: ['127.0.0.0/8'] } } as const
