// One round with each of two strict OAuth clients. "authorize <url>" is printed where a resident is needed; where the browser
// came back to is read from standard input. Nothing of the clients is loosened but http instead of https.
import * as readline from 'node:readline'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'

const [issuer, library, clientId, redirectUri, secret] = process.argv.slice(2)
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function agree (url) {
  console.log(`authorize ${url.href}`)
  return new URL((await answers.next()).value)
}

async function mustFail (promise, error) {
  const failure = await promise.then(() => undefined, failure => failure)
  if (failure?.error !== error) throw new Error(`It must be ${error}, and is ${failure}`)
}

async function withOauth4webapi () {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const as = await oauth.processDiscoveryResponse(
    new URL(issuer), await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure }))
  const client = { client_id: clientId }
  const authentication = secret ? oauth.ClientSecretBasic(secret) : oauth.None()
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'devices',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256'
  })
  const parameters = oauth.validateAuthResponse(as, client, await agree(url), state)
  const exchange = async () => oauth.processAuthorizationCodeResponse(as, client, await oauth.authorizationCodeGrantRequest(
    as, client, authentication, parameters, redirectUri, verifier, insecure))
  const refresh = async token => oauth.processRefreshTokenResponse(
    as, client, await oauth.refreshTokenGrantRequest(as, client, authentication, token, insecure))

  const tokens = await exchange()
  const renewed = await refresh(tokens.refresh_token)
  const last = renewed.refresh_token ?? tokens.refresh_token
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, last, insecure))
  await mustFail(refresh(last), 'invalid_grant')
  await mustFail(exchange(), 'invalid_grant')
  return [tokens, renewed]
}

async function withOpenidClient () {
  const config = await openid.discovery(
    new URL(issuer), clientId, undefined, secret ? openid.ClientSecretPost(secret) : openid.None(),
    { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] })
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const back = await agree(openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'devices',
    state: expectedState,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256'
  }))
  const exchange = () => openid.authorizationCodeGrant(config, back, { pkceCodeVerifier, expectedState })

  const tokens = await exchange()
  const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token)
  const last = renewed.refresh_token ?? tokens.refresh_token
  await openid.tokenRevocation(config, last)
  await mustFail(openid.refreshTokenGrant(config, last), 'invalid_grant')
  await mustFail(exchange(), 'invalid_grant')
  return [tokens, renewed]
}

const [tokens, renewed] = await (library === 'oauth4webapi' ? withOauth4webapi() : withOpenidClient())
console.log(`done ${JSON.stringify({ lifetime: tokens.expires_in, rotated: renewed.refresh_token !== undefined, renewed: renewed.access_token !== tokens.access_token })}`)
process.exit(0)
