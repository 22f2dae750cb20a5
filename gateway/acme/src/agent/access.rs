//! How authorities and DNS providers are reached, and the account at the authority.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use windrose_config::redact::FileOrContent;
use windrose_config::static_config::Acme;
use windrose_tls::{ClientTlsError, ClientTlsOptions, Offer};

use super::{Agent, ObtainError, Surroundings};
use crate::acme::{Binding, Client, Registered};
use crate::keys::AccountKey;
use crate::storage::{Account, Kept};
use windrose_courier::{Https, Limits, Proxy};

/// Trusts what is written, else what lego's variables name, else the system.
pub(super) fn authority(acme: &Acme, around: &Surroundings) -> Result<Https, ClientTlsError> {
    let env = &around.env;
    let mut given: Vec<FileOrContent> = acme.ca_certificates.to_vec();
    let mut system_too = acme.ca_system_cert_pool;
    let mut server_name = acme.ca_server_name.to_string();
    if given.is_empty()
        && let Some(paths) = env.plain("LEGO_CA_CERTIFICATES")
    {
        given = paths.split(':').map(FileOrContent::new).collect();
        system_too |= env.is_true("LEGO_CA_SYSTEM_CERT_POOL");
    }
    if server_name.is_empty() {
        server_name = env.plain("LEGO_CA_SERVER_NAME").unwrap_or_default();
    }
    let trust = ClientTlsOptions {
        server_name: &server_name,
        root_cas: given.iter().collect(),
        system_too,
        offer: Offer::Http1,
        ..ClientTlsOptions::default()
    };
    let limits = Limits {
        whole: acme.client_timeout.to_std().filter(|limit| !limit.is_zero()).unwrap_or(LONGEST),
        head: acme
            .client_response_header_timeout
            .to_std()
            .filter(|limit| !limit.is_zero())
            .unwrap_or(LONGEST),
    };
    Ok(Https::new(&trust, &*around.files, limits)?.through(Proxy::of(&|name| around.env.plain(name))))
}

pub(super) fn dns_provider(around: &Surroundings) -> Result<Https, ClientTlsError> {
    let trust = ClientTlsOptions { offer: Offer::Http1, ..ClientTlsOptions::default() };
    let limits = Limits { whole: Duration::from_secs(60), head: Duration::from_secs(30) };
    Ok(Https::new(&trust, &*around.files, limits)?.through(Proxy::of(&|name| around.env.plain(name))))
}

impl Agent {
    /// The authority, with an account: the one that is kept, else a new one, which is kept then.
    pub(super) async fn client(self: &Arc<Self>) -> Result<Arc<Client>, ObtainError> {
        let mut client = self.client.lock().await;
        if let Some(client) = &*client {
            return Ok(Arc::clone(client));
        }
        let usable = |kept: Kept| {
            kept.account.filter(|account| self.is_there(account) && !account.private_key.is_empty())
        };
        let mut kept = usable(self.kept().await?);
        let mut _right = None;
        if kept.is_none() {
            _right = Some(self.right_to_register().await?);
            // Another gateway may have made it meanwhile.
            kept = usable(self.kept().await?);
        }
        let address = kept.as_ref().and_then(|account| account.registration.as_ref());
        let address =
            address.map(|registration| registration.uri.clone()).filter(|address| !address.is_empty());
        let key = spawn_blocking(move || match &kept {
            Some(account) => AccountKey::from_pkcs1(&account.private_key),
            None => AccountKey::generate(),
        });
        let key = key.await.map_err(|_| ObtainError::Cut)??;
        let mut made = Client::new(self.https.clone(), &self.acme.ca_server, key).await?;
        match &address {
            Some(address) => made.use_account(address),
            None => self.register(&mut made).await?,
        }
        let made = Arc::new(made);
        *client = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Makes the account anew, under the same key.
    pub(super) async fn register_again(self: &Arc<Self>, old: &Client) -> Result<Arc<Client>, ObtainError> {
        let mut client = self.client.lock().await;
        let key = AccountKey::from_pkcs1(old.key().pkcs1())?;
        let mut made = Client::new(self.https.clone(), &self.acme.ca_server, key).await?;
        self.register(&mut made).await?;
        let made = Arc::new(made);
        *client = Some(Arc::clone(&made));
        Ok(made)
    }

    async fn register(self: &Arc<Self>, client: &mut Client) -> Result<(), ObtainError> {
        let binding = self.acme.eab.as_ref();
        let binding =
            binding.map(|eab| Binding { key_id: eab.kid.to_string(), key: eab.hmac_encoded.clone() });
        let Registered { url, body } = client.register(&self.acme.email, binding.as_ref()).await?;
        tracing::info!(resolver = %self.name, account = url, "account made at the authority");
        let account = Account::new(&self.acme.email, client.key().pkcs1(), &url, body);
        self.change(move |kept| kept.account = Some(account.clone())).await?;
        Ok(())
    }

    /// Whether an account is one of this authority. traefik: compared by host, too.
    fn is_there(&self, account: &Account) -> bool {
        let host = |text: &str| url::Url::parse(text).ok()?.host_str().map(str::to_owned);
        let Some(registration) = &account.registration else { return true };
        if host(&registration.uri) == host(&self.acme.ca_server) {
            return true;
        }
        tracing::info!(resolver = %self.name, "the account is one of another authority, a new one is made");
        false
    }
}

const LONGEST: Duration = Duration::from_secs(24 * 3600);
