//! The port that calls go out of and come in at.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::platform::CancellationToken;
use rsipstack::sip::{self, Header, HeadersExt, StatusCode};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::endpoint::{EndpointOption, MessageInspector};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::tcp_listener::TcpListenerConnection;
use rsipstack::transport::tls::{TlsConfig, TlsListenerConnection};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportLayer};
use tokio::sync::{mpsc, watch};

use crate::call::Call;
use crate::challenge::Challenge;
use crate::connect::{self, Identity, Trust, stack_address};
use crate::sdp::Ours;
use crate::{Address, Cause, Fault, Transport, look_up, speaker};

/// What `Call-ID`s end in, and whom challenges and descriptions name.
const HOUSE: &str = "tocsin";
const METHODS: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO";

/// A name and a password, for digest authentication.
#[derive(Clone)]
pub struct Account {
    pub user: String,
    pub password: String,
}

/// How a line is set up.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen, each with its transport; port 0 takes any that is free.
    pub listen: Vec<(Transport, SocketAddr)>,
    /// What we call ourselves, such as `tocsin/1.0`.
    pub product: String,
    /// How others reach this machine, where that is another address than its own.
    pub public: Option<IpAddr>,
    /// Whom to believe as a caller over TLS.
    pub trust: Trust,
    /// Who we are to callers over TLS, without which none are taken.
    pub identity: Option<Identity>,
    /// What callers have to prove; `None` takes everybody's calls.
    pub demand: Option<Account>,
}

impl Settings {
    #[must_use]
    pub fn new(transport: Transport, listen: SocketAddr, product: &str) -> Settings {
        Settings {
            listen: vec![(transport, listen)],
            product: product.to_owned(),
            public: None,
            trust: Trust::default(),
            identity: None,
            demand: None,
        }
    }
}

/// A call to be made.
#[derive(Clone)]
pub struct Invitation {
    pub to: Address,
    /// Who calls: the user of `From`, and a host where the callee wants to see one.
    pub from: Option<Address>,
    /// Shown beside it.
    pub name: Option<String>,
    pub account: Option<Account>,
    /// What we offer; its address is that of a [`crate::Sound`].
    pub ours: Ours,
    /// Instead of what the address says.
    pub transport: Option<Transport>,
}

/// A port for calls. While calls of it are open it stays, whoever else lets go of it.
#[derive(Clone)]
pub struct Line {
    inner: Arc<Inner>,
}

/// The calls that come in. One that nobody takes out is not answered.
pub type Incoming = mpsc::UnboundedReceiver<Call>;

pub(crate) struct Inner {
    pub(crate) dialogs: Arc<DialogLayer>,
    settings: Settings,
    token: CancellationToken,
    listening: Vec<(Transport, SocketAddr)>,
    /// Why dialogs ended, until their calls ask.
    causes: Mutex<HashMap<String, Cause>>,
    busy: watch::Sender<usize>,
    challenge: Option<Challenge>,
    /// To whom a connection was made, by which transport and under which name.
    connections: Mutex<HashMap<(SocketAddr, Transport, String), SipConnection>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

impl Line {
    /// # Errors
    /// When a port cannot be listened on, or a certificate is none.
    pub async fn open(settings: Settings) -> Result<(Line, Incoming), Fault> {
        let token = CancellationToken::new();
        let layer = TransportLayer::new(token.clone());
        let mut listening = Vec::new();
        for (transport, address) in settings.listen.iter().copied() {
            let connection = listen(transport, address, &settings, &token).await?;
            let real = connection.get_addr().get_socketaddr().map_err(Fault::stack)?;
            listening.push((transport, SocketAddr::new(address.ip(), real.port())));
            layer.add_transport(connection);
        }
        let options = EndpointOption { callid_suffix: Some(HOUSE.to_owned()), ..EndpointOption::default() };
        let endpoint = EndpointBuilder::new()
            .with_user_agent(&settings.product)
            .with_cancel_token(token.clone())
            .with_transport_layer(layer)
            .with_option(options)
            .with_inspector(Box::new(Tidy))
            .build();
        let requests = endpoint.incoming_transactions().map_err(Fault::stack)?;
        let dialogs = Arc::new(DialogLayer::new(endpoint.inner.clone()));
        tokio::spawn(async move { endpoint.serve().await });
        for (transport, address) in listening.iter().copied().filter(|(one, _)| *one != Transport::Udp) {
            connect::listened_at(address).await.map_err(|why| Fault::listening(address, transport, why))?;
        }
        let challenge = settings.demand.clone().map(|account| Challenge::new(account, HOUSE.to_owned()));
        let inner = Arc::new(Inner {
            dialogs,
            settings,
            token,
            listening,
            causes: Mutex::default(),
            busy: watch::Sender::new(0),
            challenge,
            connections: Mutex::default(),
        });
        let (calls, incoming) = mpsc::unbounded_channel();
        tokio::spawn(answer_requests(Arc::downgrade(&inner), requests, calls));
        Ok((Line { inner }, incoming))
    }

    /// Where this line listens, with the ports that it was given.
    #[must_use]
    pub fn listening(&self) -> &[(Transport, SocketAddr)] {
        &self.inner.listening
    }

    /// Calls somebody. What comes of it is told by the call.
    ///
    /// # Errors
    /// When nobody can be asked: the name is unknown, no connection can be made.
    pub async fn call(&self, invitation: Invitation) -> Result<Call, Fault> {
        let transport = invitation.transport.or(invitation.to.transport).unwrap_or_default();
        let to = look_up::look_up(&invitation.to, transport).await?;
        self.call_at(to, transport, invitation).await
    }

    /// Where an address leads, before anything is sent.
    ///
    /// # Errors
    /// When the name is unknown.
    pub async fn look_up(address: &Address, transport: Transport) -> Result<SocketAddr, Fault> {
        look_up::look_up(address, transport).await
    }

    async fn call_at(&self, to: SocketAddr, transport: Transport, invitation: Invitation) -> Result<Call, Fault> {
        let local = self.reach(to, transport, &invitation.to).await?;
        let contact = self.inner.contact(local, transport);
        speaker::dial(self.inner.clone(), to, transport, contact, invitation)
    }

    /// Sees to it that a connection is there for transports that have one; the address that we are reached at.
    async fn reach(&self, to: SocketAddr, transport: Transport, address: &Address) -> Result<SocketAddr, Fault> {
        let own = connect::address_toward(to)?;
        let listener = self.inner.listening.iter().find(|(one, at)| *one == transport && at.is_ipv4() == to.is_ipv4());
        if transport == Transport::Udp {
            let (_, at) = listener.ok_or_else(|| Fault::Stack("this line does not speak UDP".to_owned()))?;
            return Ok(SocketAddr::new(if at.ip().is_unspecified() { own } else { at.ip() }, at.port()));
        }
        let layer = &self.inner.dialogs.endpoint.transport_layer;
        let key = (to, transport, address.host.clone());
        let connections = || self.inner.connections.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = |one: &SipConnection| one.cancel_token().is_some_and(|token| !token.is_cancelled());
        let known = connections().get(&key).filter(|one| stands(one)).cloned();
        let connection = match known {
            Some(connection) => connection,
            None => {
                let trust = &self.inner.settings.trust;
                let made = connect::connect(address, to, transport, trust, self.inner.token.child_token()).await?;
                layer.add_connection(made.clone());
                connections().retain(|_, one| stands(one));
                connections().insert(key, made.clone());
                made
            }
        };
        let from = connection.get_addr().get_socketaddr().map_err(Fault::stack)?;
        match listener {
            Some((_, at)) => Ok(SocketAddr::new(from.ip(), at.port())),
            None => {
                // Who does not listen is reached through the connection, and named by it.
                let named = stack_address(transport, from);
                if !layer.get_listen_addrs().contains(&named) {
                    let name = TlsListenerConnection::new(from, None, TlsConfig::default()).await;
                    layer.add_transport(SipConnection::TlsListener(name.map_err(Fault::stack)?));
                }
                Ok(from)
            }
        }
    }

    /// Asks somebody what they can do, which nobody notices: the code of the answer.
    ///
    /// # Errors
    /// When nobody can be asked, or nobody answers.
    pub async fn options(&self, address: &Address) -> Result<u16, Fault> {
        let transport = address.transport.unwrap_or_default();
        let to = look_up::look_up(address, transport).await?;
        let local = self.reach(to, transport, address).await?;
        let endpoint = &self.inner.dialogs.endpoint;
        let uri = uri(address)?;
        let via = endpoint.get_via(Some(stack_address(transport, local)), None).map_err(Fault::stack)?;
        let from = sip::typed::From { display_name: None, uri: self.inner.contact(local, transport)?, params: vec![] }
            .with_tag(rsipstack::transaction::make_tag());
        let to_header = sip::typed::To { display_name: None, uri: uri.clone(), params: vec![] };
        let sequence = self.inner.dialogs.increment_last_seq();
        let request = endpoint.make_request(sip::Method::Options, uri, via, from, to_header, sequence, None);
        let key = rsipstack::transaction::key::TransactionKey::from_request(
            &request,
            rsipstack::transaction::key::TransactionRole::Client,
        )
        .map_err(Fault::stack)?;
        let mut transaction = Transaction::new_client(key, request, endpoint.clone(), None);
        transaction.destination = Some(stack_address(transport, to));
        transaction.send().await.map_err(Fault::stack)?;
        while let Some(message) = transaction.receive().await {
            if let sip::SipMessage::Response(response) = message
                && response.status_code.code() >= 200
            {
                return Ok(response.status_code.code());
            }
        }
        Err(Fault::NoReply)
    }

    /// How many dialogs are still known: 0 when no call is open.
    #[must_use]
    pub fn dialogs(&self) -> usize {
        self.inner.dialogs.len()
    }

    /// Waits until no call is open any more; whether that came about within `patience`.
    pub async fn idle(&self, patience: Duration) -> bool {
        let mut busy = self.inner.busy.subscribe();
        tokio::time::timeout(patience, busy.wait_for(|busy| *busy == 0)).await.is_ok_and(|waited| waited.is_ok())
    }
}

/// Somebody who has still something to say on a line.
pub(crate) struct Busy(watch::Sender<usize>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.send_modify(|busy| *busy -= 1);
    }
}

impl Inner {
    pub(crate) fn busy(&self) -> Busy {
        self.busy.send_modify(|busy| *busy += 1);
        Busy(self.busy.clone())
    }

    /// How we are to be called back.
    fn contact(&self, local: SocketAddr, transport: Transport) -> Result<sip::Uri, Fault> {
        let at = SocketAddr::new(self.settings.public.unwrap_or(local.ip()), local.port());
        let address = Address {
            user: Some(HOUSE.to_owned()),
            host: at.ip().to_string(),
            port: Some(at.port()),
            transport: Some(transport),
        };
        uri(&address)
    }

    pub(crate) fn cause_of(&self, dialog: &str) -> Option<Cause> {
        self.causes.lock().unwrap_or_else(PoisonError::into_inner).remove(dialog)
    }
}

pub(crate) fn uri(address: &Address) -> Result<sip::Uri, Fault> {
    sip::Uri::try_from(address.to_string()).map_err(|error| Fault::Address(format!("{address}: {error}")))
}

async fn listen(
    transport: Transport,
    address: SocketAddr,
    settings: &Settings,
    token: &CancellationToken,
) -> Result<SipConnection, Fault> {
    if transport == Transport::Udp {
        let public = settings.public.map(|ip| SocketAddr::new(ip, address.port()));
        // Where the port is chosen for us, the way in from outside is not known.
        let public = public.filter(|_| address.port() != 0);
        let connection = UdpConnection::create_connection(address, public, Some(token.child_token())).await;
        return connection.map(SipConnection::Udp).map_err(|error| match error {
            rsipstack::Error::IoError(why) => Fault::listening(address, transport, why),
            other => Fault::stack(other),
        });
    }
    // The stack binds later and tells nobody when it cannot, so it is tried first.
    let free = tokio::net::TcpListener::bind(address)
        .await
        .and_then(|listener| listener.local_addr())
        .map_err(|why| Fault::listening(address, transport, why))?;
    if transport == Transport::Tcp {
        return TcpListenerConnection::new(free, None).await.map(SipConnection::TcpListener).map_err(Fault::stack);
    }
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let identity = settings.identity.as_ref();
    let identity = identity.ok_or_else(|| Fault::Identity("to listen over TLS it must be given".to_owned()))?;
    connect::check_identity(identity)?;
    let config = TlsConfig {
        cert: Some(identity.certificates.clone()),
        key: Some(identity.key.clone()),
        ..TlsConfig::default()
    };
    TlsListenerConnection::new(free, None, config).await.map(SipConnection::TlsListener).map_err(Fault::stack)
}

/// Sees every message that goes out or comes in.
struct Tidy;

impl MessageInspector for Tidy {
    fn before_send(&self, mut message: sip::SipMessage, to: Option<&SipAddr>) -> sip::SipMessage {
        if let sip::SipMessage::Request(request) = &mut message {
            for header in request.headers.iter_mut() {
                // RFC 7616 §3.4 wants this without quotes, and some who ask are strict.
                match header {
                    Header::Authorization(said) => *said = unquoted(said.value()).into(),
                    Header::ProxyAuthorization(said) => *said = unquoted(said.value()).into(),
                    _ => {}
                }
            }
        }
        tracing::debug!("sent to {}\n{message}", place(to));
        message
    }

    fn after_received(&self, message: sip::SipMessage, from: Option<&SipAddr>) -> sip::SipMessage {
        tracing::debug!("came from {}\n{message}", place(from));
        message
    }
}

fn place(address: Option<&SipAddr>) -> String {
    address.map_or_else(|| "where the request came from".to_owned(), ToString::to_string)
}

fn unquoted(value: &str) -> String {
    value.replace("qop=\"auth\"", "qop=auth")
}

/// Takes requests as long as there is a line.
async fn answer_requests(line: Weak<Inner>, mut requests: TransactionReceiver, calls: mpsc::UnboundedSender<Call>) {
    while let Some(request) = requests.recv().await {
        let Some(line) = line.upgrade() else { break };
        tokio::spawn(answer(line, request, calls.clone()));
    }
}

async fn answer(line: Arc<Inner>, mut request: Transaction, calls: mpsc::UnboundedSender<Call>) {
    let said = match take(&line, &mut request, &calls).await {
        Ok(()) => return,
        Err(error) => error,
    };
    tracing::debug!(method = %request.original.method, "a request was not carried out: {said}");
}

async fn take(
    line: &Arc<Inner>,
    request: &mut Transaction,
    calls: &mpsc::UnboundedSender<Call>,
) -> Result<(), rsipstack::Error> {
    let method = request.original.method;
    let within_dialog = request.original.to_header()?.tag()?.is_some();
    if within_dialog {
        let Some(mut dialog) = line.dialogs.match_dialog(request) else {
            return request.reply(StatusCode::CallTransactionDoesNotExist).await;
        };
        if method == sip::Method::Bye
            && let Some(cause) = cause(request.original.headers.iter())
        {
            let mut causes = line.causes.lock().unwrap_or_else(PoisonError::into_inner);
            causes.insert(dialog.id().to_string(), cause);
        }
        // The answer to a BYE goes out after its call is over.
        let _busy = line.busy();
        return dialog.handle(request).await;
    }
    match method {
        sip::Method::Invite => {
            if let Some(challenge) = &line.challenge
                && !challenge.is_met(&request.original)
            {
                let ask = Header::WwwAuthenticate(challenge.ask().into());
                request.reply_with(StatusCode::Unauthorized, vec![ask], None).await?;
                // Its ACK is still to come.
                while request.receive().await.is_some() {}
                return Ok(());
            }
            let peer = peer(line, request).await;
            let transport = match request.connection.as_ref().map(SipConnection::transport) {
                Some(sip::Transport::Tcp) => Transport::Tcp,
                Some(sip::Transport::Tls) => Transport::Tls,
                _ => Transport::Udp,
            };
            let contact = peer.and_then(|peer| {
                let (_, at) = line.listening.iter().find(|(one, _)| *one == transport)?;
                let ip = if at.ip().is_unspecified() { connect::address_toward(peer).ok()? } else { at.ip() };
                line.contact(SocketAddr::new(ip, at.port()), transport).ok()
            });
            speaker::come(line.clone(), request, peer, contact, calls).await
        }
        sip::Method::Options => {
            let headers = vec![Header::Allow(METHODS.into()), Header::Accept("application/sdp".into())];
            request.reply_with(StatusCode::OK, headers, None).await
        }
        _ => request.reply_with(StatusCode::MethodNotAllowed, vec![Header::Allow(METHODS.into())], None).await,
    }
}

/// Where a request came from.
async fn peer(line: &Inner, request: &Transaction) -> Option<SocketAddr> {
    if let Some(remote) = request.connection.as_ref().and_then(|connection| connection.get_remote_addr()) {
        return remote.get_socketaddr().ok();
    }
    let from = line.dialogs.endpoint.get_destination_from_request(&request.original).await?;
    from.get_socketaddr().ok()
}

/// The first cause that is of the telephone network, or else the first.
pub(crate) fn cause<'a>(headers: impl Iterator<Item = &'a Header>) -> Option<Cause> {
    let mut causes: Vec<Cause> = headers
        .flat_map(|header| match header {
            Header::Reason(reason) => Cause::all(reason.value()),
            _ => Vec::new(),
        })
        .collect();
    let place = causes.iter().position(|cause| cause.q850().is_some()).unwrap_or(0);
    (place < causes.len()).then(|| causes.swap_remove(place))
}
