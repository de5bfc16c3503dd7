// What a person sees at the provider: a form to log in, then one to allow each scope or not, then the way back.
import querystring from 'node:querystring'

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
const page = (title, form) => `<!doctype html><html lang="en"><title>${title}</title><h1>${title}</h1>
<form method="post">${form}<button>Continue</button><button name="no" value="no">Cancel</button></form></html>`

const login = (note = '') => page('Log in', `<p>${note}</p>
<input type="hidden" name="prompt" value="login"><input name="login"><input name="password" type="password">`)
const consent = (scopes) => page('Allow', `<input type="hidden" name="prompt" value="consent">` +
  scopes.map((name) => `<input type="checkbox" name="allow" value="${escaped(name)}" checked>`).join(''))

async function sent(request) {
  let body = ''
  for await (const part of request) body += part
  return querystring.parse(body)
}

export function pages(provider, people) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next()
    const { prompt, params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res)
    const missing = prompt.details.missingOIDCScope ?? []
    const show = (html) => Object.assign(ctx, { type: 'html', body: html })
    if (ctx.method === 'GET') return show(prompt.name === 'login' ? login() : consent(missing))

    const form = await sent(ctx.req)
    const finish = (result) => {
      ctx.respond = false
      return provider.interactionFinished(ctx.req, ctx.res, result)
    }
    if (form.no) return finish({ error: 'access_denied', error_description: 'End-User aborted interaction' })
    if (prompt.name === 'login') {
      const known = people[form.login]?.password === form.password && form.password
      return known ? finish({ login: { accountId: form.login } }) : show(login('That is not right.'))
    }
    const allowed = new Set([form.allow ?? []].flat())
    const grant = grantId
      ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    for (const scope of missing) allowed.has(scope) ? grant.addOIDCScope(scope) : grant.rejectOIDCScope(scope)
    return finish({ consent: { grantId: await grant.save() } })
  }
}
