// An OpenID provider with its own pages in plain HTML, and behind it the boards of our example network
// (tests/example). What is secret comes by environment; see ../oidc.
import process from 'node:process'
import { Provider } from 'oidc-provider'
import { pages } from './pages.mjs'

const told = JSON.parse(process.env.OIDC)
const boards = { b1: 'Town hall', b2: 'Swimming pool' }

const client = (id, method) => ({
  client_id: id,
  client_secret: told.clients[id],
  token_endpoint_auth_method: method,
  redirect_uris: told.redirect_uris,
  grant_types: ['authorization_code', 'refresh_token'],
})

const provider = new Provider(told.issuer, {
  clients: [client('by-form', 'client_secret_post'), client('by-header', 'client_secret_basic')],
  scopes: ['openid', 'email', 'profile', 'offline_access', 'notes.read', 'notes.write'],
  claims: { openid: ['sub'], profile: ['preferred_username', 'name'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: false,
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id, preferred_username: id, name: told.people[id]?.name, email: told.people[id]?.email, email_verified: true,
    }),
  }),
  pkce: { required: () => true },
  rotateRefreshToken: true,
  // Without OpenID there is no scope for it: the example network's sign-in is renewed as most networks' is.
  issueRefreshToken: (ctx, client, { scopes }) => scopes.has('offline_access') || !scopes.has('openid'),
  cookies: { keys: [told.cookie_key] },
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
  routes: { authorization: '/oauth/authorise', token: '/oauth/token', userinfo: '/me', revocation: '/oauth/revoke' },
})

provider.use(pages(provider, told.people))

provider.use(async (ctx, next) => {
  const [, id] = /^\/boards(?:\/(\w+))?$/.exec(ctx.path) ?? []
  if (!ctx.path.startsWith('/boards')) return next()
  const token = await provider.AccessToken.find((ctx.get('authorization').match(/^Bearer (.+)$/) ?? [])[1] ?? '')
  const said = (status, body) => Object.assign(ctx, { status, body })
  if (!token?.isValid) return said(401, { error: 'invalid_token' })
  if (!token.scopes.has('notes.read')) return said(403, { error: 'insufficient_scope' })
  const shown = (id) => ({ id, name: boards[id], url: `${told.issuer}/boards/${id}` })
  if (id === undefined) return said(200, Object.keys(boards).map(shown))
  return id in boards ? said(200, shown(id)) : said(404, { error: 'There is no such board.' })
})

const server = provider.listen(Number(new URL(told.issuer).port), '127.0.0.1')
for (const sign of ['SIGTERM', 'SIGINT']) {
  process.on(sign, () => {
    server.closeAllConnections()
    server.close(() => process.exit(0))
  })
}
