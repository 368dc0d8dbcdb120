// oauth4webapi, from the discovery document alone: every step of an integrator, over mutual TLS.

import * as oauth from 'oauth4webapi'
import { allow, mutual, report, signingKey, told } from './common.mjs'

const options = { [oauth.customFetch]: mutual }
const METHODS = {
  private_key_jwt: async () => oauth.PrivateKeyJwt(await signingKey()),
  tls_client_auth: async () => oauth.TlsClientAuth(),
  client_secret_basic: async () => oauth.ClientSecretBasic(told.secret),
}
const issuer = new URL(told.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
const client = { client_id: told.client_id, use_mtls_endpoint_aliases: true, id_token_signed_response_alg: 'PS256' }
const proof = await METHODS[told.method]()
const api = async (token) =>
  (await oauth.protectedResourceRequest(token, 'GET', new URL(told.api), undefined, undefined, options).catch((error) => error)).status

async function clientCredentials() {
  const answer = await oauth.clientCredentialsGrantRequest(as, client, proof, { scope: 'directory:software' }, options)
  return oauth.processClientCredentialsResponse(as, client, answer)
}

async function introspect(token) {
  return oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, proof, token, options))
}

async function asItself() {
  const token = await clientCredentials()
  const result = { token, api: await api(token.access_token), introspection: await introspect(token.access_token) }
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, proof, token.access_token, options))
  result.revoked = await introspect(token.access_token)
  result.api_revoked = await api(token.access_token)
  return result
}

async function push(asked) {
  const parameters = told.signing_key
    ? { request: await oauth.issueRequestObject(as, client, asked, await signingKey()) }
    : asked
  const answer = await oauth.pushedAuthorizationRequest(as, client, proof, parameters, options)
  return oauth.processPushedAuthorizationResponse(as, client, answer)
}

async function forPerson() {
  const [verifier, state, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState(), oauth.generateRandomNonce()]
  const pushed = await push({
    response_type: 'code',
    redirect_uri: told.redirect_uri,
    scope: 'openid offline_access directory:website',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })
  const address = new URL(as.authorization_endpoint)
  address.search = new URLSearchParams({ client_id: told.client_id, request_uri: pushed.request_uri })
  const back = oauth.validateAuthResponse(as, client, await allow(address.href), state)
  const answer = await oauth.authorizationCodeGrantRequest(as, client, proof, back, told.redirect_uri, verifier, options)
  const checks = { expectedNonce: nonce, requireIdToken: true }
  const token = await oauth.processAuthorizationCodeResponse(as, client, answer, checks)
  const result = { token, id_token: oauth.getValidatedIdTokenClaims(token), api: await api(token.access_token) }
  const me = await oauth.userInfoRequest(as, client, token.access_token, options)
  result.me = await oauth.processUserInfoResponse(as, client, result.id_token.sub, me)
  const again = await oauth.refreshTokenGrantRequest(as, client, proof, token.refresh_token, options)
  result.refreshed = await oauth.processRefreshTokenResponse(as, client, again)
  result.api_refreshed = await api(result.refreshed.access_token)
  return result
}

const STEPS = {
  all: async () => ({ itself: await asItself(), person: await forPerson() }),
  token: async () => ({ token: await clientCredentials() }),
}
await report(STEPS[told.steps])
