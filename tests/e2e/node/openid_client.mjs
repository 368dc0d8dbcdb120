// openid-client, from the discovery document alone: every step of an integrator, over mutual TLS.

import * as client from 'openid-client'
import { allow, mutual, report, signingKey, told } from './common.mjs'

const METHODS = {
  private_key_jwt: async () => client.PrivateKeyJwt(await signingKey()),
  tls_client_auth: async () => client.TlsClientAuth(),
  client_secret_basic: async () => client.ClientSecretBasic(told.secret),
}
const metadata = { use_mtls_endpoint_aliases: true, id_token_signed_response_alg: 'PS256' }
const authentication = await METHODS[told.method]()
const config = await client.discovery(new URL(told.issuer), told.client_id, metadata, authentication, {
  [client.customFetch]: mutual,
})
const api = async (token) =>
  (await client.fetchProtectedResource(config, token, new URL(told.api), 'GET').catch((error) => error)).status

async function asItself() {
  const token = await client.clientCredentialsGrant(config, { scope: 'directory:software' })
  const result = { token, api: await api(token.access_token) }
  result.introspection = await client.tokenIntrospection(config, token.access_token)
  await client.tokenRevocation(config, token.access_token)
  result.revoked = await client.tokenIntrospection(config, token.access_token)
  result.api_revoked = await api(token.access_token)
  return result
}

async function forPerson() {
  const verifier = client.randomPKCECodeVerifier()
  const asked = {
    redirect_uri: told.redirect_uri,
    scope: 'openid offline_access directory:website',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: client.randomState(),
    nonce: client.randomNonce(),
  }
  const parameters = told.signing_key
    ? (await client.buildAuthorizationUrlWithJAR(config, asked, await signingKey())).searchParams
    : asked
  const back = await allow((await client.buildAuthorizationUrlWithPAR(config, parameters)).href)
  const checks = { pkceCodeVerifier: verifier, expectedState: asked.state, expectedNonce: asked.nonce, idTokenExpected: true }
  const token = await client.authorizationCodeGrant(config, back, checks)
  const result = { token, id_token: token.claims(), api: await api(token.access_token) }
  result.me = await client.fetchUserInfo(config, token.access_token, result.id_token.sub)
  result.refreshed = await client.refreshTokenGrant(config, token.refresh_token)
  result.api_refreshed = await api(result.refreshed.access_token)
  return result
}

const STEPS = {
  all: async () => ({ itself: await asItself(), person: await forPerson() }),
  token: async () => ({ token: await client.clientCredentialsGrant(config) }),
}
await report(STEPS[told.steps])
