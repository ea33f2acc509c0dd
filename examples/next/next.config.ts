/** The package is loaded as it is, not bundled: it finds its parts, and what is optional, by itself. */
export default { serverExternalPackages: ['hookward'] }
