// An OpenID provider (oidc-provider): `node provider.mjs FOLDER PORT GATEWAY`, where FOLDER has the package and GATEWAY is
// the address at which the gateway is told of logouts. Anybody can log in by any name. Prints a line for each event.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, port, gateway] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(createRequire(`${folder}/`).resolve('oidc-provider')));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'shop',
    client_secret: 'a secret: of +the client',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['http://a.test/oidc/callback'],
    post_logout_redirect_uris: ['http://a.test/bye'],
    backchannel_logout_uri: `http://${gateway}/told`,
    backchannel_logout_session_required: true,
  }],
  pkce: { required: () => true },
  claims: { openid: ['sub', 'sid'], email: ['email'] },
  conformIdTokenClaims: false,
  features: { backchannelLogout: { enabled: true } },
  // The gateway is on this machine, whose addresses are not asked otherwise.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  ttl: { AccessToken: 10, IdToken: 600, RefreshToken: 3600, Session: 3600, Grant: 3600, Interaction: 600 },
  findAccount: async (_, id) => ({ accountId: id, claims: async () => ({ sub: id, email: `${id}@example.com` }) }),
});
provider.on('grant.success', (ctx) => console.log(`granted ${ctx.oidc.params.grant_type}`));
provider.on('grant.error', (ctx, error) => console.log(`refused ${error.message} ${error.error_description ?? ''}`));
provider.on('backchannel.success', () => console.log('told'));
provider.on('backchannel.error', (ctx, error) => console.log(`untold ${error.message} ${error.cause ?? ''}`));
provider.on('server_error', (ctx, error) => console.log(`broken ${error.stack}`));
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
