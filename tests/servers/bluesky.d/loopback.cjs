// The PDS and the directory cannot be told an address: they listen on all. This preload keeps them on loopback.
'use strict'
const net = require('node:net')
const listen = net.Server.prototype.listen

net.Server.prototype.listen = function (...args) {
  const last = args[args.length - 1]
  const done = typeof last === 'function' ? [last] : []
  const first = args[0]
  if (typeof first === 'object' && first !== null) {
    if (first.path === undefined && first.fd === undefined && !first.host) args[0] = { ...first, host: '127.0.0.1' }
    return listen.apply(this, args)
  }
  const port = Number(first)
  if (first === undefined || typeof first === 'function' || Number.isInteger(port)) {
    const host = typeof args[1] === 'string' ? args[1] : '127.0.0.1'
    return listen.call(this, { port: Number.isInteger(port) ? port : 0, host }, ...done)
  }
  return listen.apply(this, args)
}
