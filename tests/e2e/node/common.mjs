// What both clients need: what they are told (on stdin), a fetch with the client certificate, a key, and the person.

import { text } from 'node:stream/consumers'
import { Agent, fetch } from 'undici'

export const told = JSON.parse(await text(process.stdin))

const agent = new Agent({ connect: { ca: told.ca, cert: told.certificate, key: told.certificate_key } })
export const mutual = (url, options) => fetch(url, { ...options, dispatcher: agent })

const ALGORITHMS = {
  PS256: { name: 'RSA-PSS', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
}

/** The signing key, as WebCrypto has it. */
export async function signingKey() {
  const der = Buffer.from(told.signing_key.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
  const key = await crypto.subtle.importKey('pkcs8', der, ALGORITHMS[told.algorithm], false, ['sign'])
  return { key, kid: told.kid }
}

/** The person says yes at the control listener; gives the address that his browser comes back with. */
export async function allow(authorizationUrl) {
  const answer = await fetch(`${told.control}/_mock/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ authorization_url: authorizationUrl, user: told.user }),
  })
  const body = await answer.json()
  if (!answer.ok) throw new Error(`login: ${JSON.stringify(body)}`)
  return new URL(body.redirect_uri)
}

/** Run the steps and print what came of each; a refusal is a result too. */
export async function report(steps) {
  try {
    console.log(JSON.stringify(await steps()))
  } catch (error) {
    console.log(JSON.stringify({ error: error.error ?? error.name, said: `${error.error_description ?? error.message}`, status: error.status, cause: `${error.cause?.code ?? ''}`, stack: error.stack }))
  }
}
