//! What speaks for a call: a task that turns what the stack says into events, and what is wanted into signalling.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason, TransactionHandle};
use rsipstack::dialog::invitation::{InviteAsyncResult, InviteOption};
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::platform::JoinHandle;
use rsipstack::sip::prelude::ToTypedHeader;
use rsipstack::sip::{self, Header, HeadersExt, StatusCode, StatusCodeKind};
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use tokio::sync::{mpsc, oneshot};

use crate::call::{Call, Command, Event, Party, Refusal};
use crate::connect::stack_address;
use crate::line::{Busy, Inner, Invitation, cause, uri};
use crate::sdp::{Agreed, Description, Direction, Ours};
use crate::{Fault, Transport};

/// How long the other end has to take a BYE, or an ACK that is due before it. SIP's own patience is as long.
const GOODBYE: Duration = Duration::from_secs(32);
/// We end an answered call only after its ACK, for which we wait no longer than this.
const ACKNOWLEDGED: Duration = Duration::from_secs(4);

/// How long a call that we cancelled may take to be over, where the other end has said something before, and where not.
const CANCELLED: Duration = Duration::from_secs(10);
const UNANSWERED: Duration = Duration::from_secs(2);
const LEFT_TO_THE_STACK: Duration = Duration::from_millis(500);

/// What speaks for a call.
struct Speaker {
    line: Arc<Inner>,
    dialog: InviteDialog,
    states: DialogStateReceiver,
    commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::UnboundedSender<Event>,
    ours: Option<Ours>,
    /// Their invitation offered something.
    offered: bool,
    acknowledged: bool,
    _busy: Busy,
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.line.dialogs.remove_dialog(&self.dialog.id());
        drop(self.line.cause_of(&self.dialog.id().to_string()));
    }
}

fn described() -> Vec<Header> {
    vec![Header::ContentType("application/sdp".into())]
}

fn read(body: &[u8]) -> Option<Description> {
    Description::read(&String::from_utf8_lossy(body)).ok()
}

/// Sends an invitation out.
pub(crate) fn dial(
    line: Arc<Inner>,
    to: SocketAddr,
    transport: Transport,
    contact: Result<sip::Uri, Fault>,
    invitation: Invitation,
) -> Result<Call, Fault> {
    let contact = contact?;
    let callee = uri(&crate::Address { transport: Some(transport), ..invitation.to.clone() })?;
    let caller = match &invitation.from {
        Some(address) => uri(address)?,
        None => {
            let mut own = contact.clone();
            own.params.clear();
            if let (Some(account), Some(auth)) = (&invitation.account, own.auth.as_mut()) {
                auth.user.clone_from(&account.user);
            }
            own
        }
    };
    let (state, states) = line.dialogs.new_dialog_state_channel();
    let option = InviteOption {
        caller_display_name: invitation.name,
        caller: caller.clone(),
        callee: callee.clone(),
        destination: Some(stack_address(transport, to)),
        content_type: Some("application/sdp".to_owned()),
        offer: Some(invitation.ours.offer().into_bytes()),
        contact,
        credential: invitation.account.map(|account| Credential {
            username: account.user,
            password: account.password,
            realm: None,
            auth_username: None,
        }),
        headers: None,
        ..InviteOption::default()
    };
    let (dialog, invited) = line.dialogs.do_invite_async(option, state).map_err(Fault::stack)?;
    let busy = line.busy();
    let (say, events) = mpsc::unbounded_channel();
    let (order, commands) = mpsc::unbounded_channel();
    let id = dialog.id().call_id;
    let speaker = Speaker {
        line,
        dialog,
        states,
        commands,
        events: say,
        ours: Some(invitation.ours),
        offered: false,
        acknowledged: true,
        _busy: busy,
    };
    tokio::spawn(speaker.invite(invited));
    let (from, to_text) = (caller.to_string(), callee.to_string());
    Ok(Call { events, commands: order, id, peer: Some(to), from, to: to_text, offer: None })
}

/// Takes an invitation in, and sees it through to its ACK.
pub(crate) async fn come(
    line: Arc<Inner>,
    request: &mut Transaction,
    peer: Option<SocketAddr>,
    contact: Option<sip::Uri>,
    calls: &mpsc::UnboundedSender<Call>,
) -> Result<(), rsipstack::Error> {
    let body = request.original.body.clone();
    let offer = if body.is_empty() { None } else { read(&body) };
    if !body.is_empty() && offer.is_none() {
        return request.reply(StatusCode::NotAcceptableHere).await;
    }
    let (state, states) = line.dialogs.new_dialog_state_channel();
    let mut dialog = line.dialogs.get_or_create_server_invite(request, state, None, contact)?;
    // The call may be over before what was said of it is out.
    let _handling = line.busy();
    let busy = line.busy();
    let (say, events) = mpsc::unbounded_channel();
    let (order, commands) = mpsc::unbounded_channel();
    let from = request.original.from_header()?.typed().map(|from| from.uri.to_string()).unwrap_or_default();
    let to = request.original.to_header()?.typed().map(|to| to.uri.to_string()).unwrap_or_default();
    let speaker = Speaker {
        line,
        dialog: dialog.clone(),
        states,
        commands,
        events: say,
        ours: None,
        offered: offer.is_some(),
        acknowledged: false,
        _busy: busy,
    };
    let id = dialog.id().call_id;
    // Where nobody takes it, the call is dropped here, which refuses it.
    drop(calls.send(Call { events, commands: order, id, peer, from, to, offer }));
    tokio::spawn(speaker.be_rung());
    dialog.handle(request).await
}

impl Speaker {
    fn tell(&self, event: Event) {
        // Whoever let go of the call does not want to know.
        drop(self.events.send(event));
    }

    fn agreed(&self, body: &[u8]) -> Option<Agreed> {
        self.ours.as_ref()?.agreed(&read(body)?)
    }

    /// Until our call is answered, or is not.
    async fn invite(mut self, mut invited: JoinHandle<InviteAsyncResult>) {
        let mut cancelled = false;
        let given_up = tokio::time::sleep(Duration::MAX);
        tokio::pin!(given_up);
        loop {
            tokio::select! {
                // Whatever still comes then is answered by the stack, which remembers the invitation.
                () = &mut given_up, if cancelled => {
                    invited.abort();
                    self.tell(Event::Ended { by: Party::Us, cause: None });
                    return;
                }
                result = &mut invited => return self.invited(result.ok(), cancelled).await,
                Some(state) = self.states.recv() => if let DialogState::Early(_, response) = state {
                    let early = self.agreed(response.body());
                    self.tell(Event::Provisional { code: response.status_code.code(), early });
                },
                command = self.commands.recv(), if !cancelled => match command {
                    None | Some(Command::HangUp(_) | Command::Refuse(_)) => {
                        cancelled = true;
                        // Where nothing has come back, there may be nobody to answer a CANCEL, and none may be sent yet.
                        let silent = matches!(self.dialog.state(), DialogState::Calling(_));
                        let patience = if silent { UNANSWERED } else { CANCELLED };
                        given_up.as_mut().reset(tokio::time::Instant::now() + patience);
                        let dialog = self.dialog.clone();
                        tokio::spawn(async move {
                            if let Err(error) = dialog.cancel().await {
                                tracing::debug!("a CANCEL came to nothing: {error}");
                            }
                        });
                    }
                    Some(Command::Hold(_, reply)) => drop(reply.send(Err(Fault::Over))),
                    Some(Command::Ring | Command::Early(_) | Command::Answer(..)) => {}
                },
            }
        }
    }

    async fn invited(self, result: Option<InviteAsyncResult>, cancelled: bool) {
        match result {
            Some(Ok((_, Some(response)))) if response.status_code.kind() == StatusCodeKind::Successful => {
                if cancelled {
                    self.tell(Event::AnsweredLate);
                    if !matches!(self.dialog.state(), DialogState::Terminated(..)) {
                        // It was answered before our CANCEL could be thought of.
                        return self.goodbye(None).await;
                    }
                    self.tell(Event::Ended { by: Party::Us, cause: None });
                    // The stack says BYE by itself, and does not say when it has.
                    return tokio::time::sleep(LEFT_TO_THE_STACK).await;
                }
                self.tell(Event::Answered(self.agreed(response.body())));
                self.talk().await;
            }
            Some(Ok((_, Some(response)))) => {
                let cause = cause(response.headers.iter());
                self.tell(Event::Refused(Refusal { code: response.status_code.code(), cause }));
            }
            Some(Ok((_, None))) => self.tell(Event::Failed(Fault::NoReply)),
            Some(Err(error)) => self.tell(Event::Failed(Fault::stack(error))),
            None => self.tell(Event::Failed(Fault::NoReply)),
        }
    }

    /// Until their call is answered, or is not.
    async fn be_rung(mut self) {
        loop {
            tokio::select! {
                Some(state) = self.states.recv() => if let DialogState::Terminated(..) = state {
                    self.tell(Event::Cancelled);
                    return;
                },
                command = self.commands.recv() => {
                    let done = match command {
                        Some(Command::Ring) => self.dialog.ringing(None, None),
                        Some(Command::Early(text)) => self.dialog.ringing(Some(described()), Some(text.into_bytes())),
                        Some(Command::Answer(text, ours)) => {
                            let accepted = self.dialog.accept(Some(described()), Some(text.into_bytes()));
                            self.ours = Some(ours);
                            if accepted.is_ok() {
                                return self.talk().await;
                            }
                            accepted
                        }
                        Some(Command::Hold(_, reply)) => {
                            drop(reply.send(Err(Fault::Over)));
                            Ok(())
                        }
                        Some(Command::Refuse(code)) => return self.decline(code).await,
                        None | Some(Command::HangUp(_)) => return self.decline(480).await,
                    };
                    if let Err(error) = done {
                        self.tell(Event::Failed(Fault::stack(error)));
                        return;
                    }
                }
            }
        }
    }

    async fn decline(self, code: u16) {
        if let Err(error) = self.dialog.reject(Some(StatusCode::from(code)), None) {
            tracing::debug!("a refusal came to nothing: {error}");
        }
        self.tell(Event::Ended { by: Party::Us, cause: None });
    }

    /// Until an answered call is over.
    async fn talk(mut self) {
        loop {
            tokio::select! {
                Some(state) = self.states.recv() => if self.happened(state).await { return },
                command = self.commands.recv() => match command {
                    None => return self.goodbye(None).await,
                    Some(Command::HangUp(q850)) => return self.goodbye(q850).await,
                    Some(Command::Refuse(_)) => return self.goodbye(None).await,
                    Some(Command::Hold(held, reply)) => self.hold(held, reply),
                    Some(Command::Ring | Command::Early(_) | Command::Answer(..)) => {}
                },
            }
        }
    }

    /// Whether it is over.
    async fn happened(&mut self, state: DialogState) -> bool {
        match state {
            DialogState::Confirmed(..) if !self.acknowledged => {
                self.acknowledged = true;
                let answer = self.dialog.last_remote_ack().filter(|_| !self.offered);
                let agreed = answer.and_then(|ack| self.agreed(&ack.body));
                self.tell(Event::Acknowledged(agreed));
            }
            DialogState::Updated(_, request, handle) => self.changed(&request, &handle).await,
            DialogState::Options(_, _, handle)
            | DialogState::Info(_, _, handle)
            | DialogState::Notify(_, _, handle) => {
                drop(handle.reply(StatusCode::OK).await);
            }
            DialogState::Refer(_, _, handle)
            | DialogState::Message(_, _, handle)
            | DialogState::Publish(_, _, handle) => {
                drop(handle.reply(StatusCode::MethodNotAllowed).await);
            }
            DialogState::Terminated(id, reason) => {
                let by = match (reason, self.dialog.role()) {
                    (TerminatedReason::UacBye, TransactionRole::Server)
                    | (TerminatedReason::UasBye, TransactionRole::Client) => Party::Them,
                    (TerminatedReason::UacBye | TerminatedReason::UasBye, _) => Party::Us,
                    _ => Party::Nobody,
                };
                let cause = self.line.cause_of(&id.to_string());
                self.tell(Event::Ended { by, cause });
                return true;
            }
            _ => {}
        }
        false
    }

    /// Answers what they want to change.
    async fn changed(&mut self, request: &sip::Request, handle: &TransactionHandle) {
        let Some(ours) = self.ours.as_mut() else { return };
        let answered = if request.body.is_empty() {
            // Nothing changes: whoever asks wants to know that we are there, or what we would like.
            let invites = request.method == sip::Method::Invite;
            let body = invites.then(|| ours.offer().into_bytes());
            handle.respond(StatusCode::OK, body.is_some().then(described), body).await
        } else {
            ours.version += 1;
            match read(&request.body).and_then(|offer| ours.answer(&offer)) {
                Some((text, agreed)) => {
                    let answered = handle.respond(StatusCode::OK, Some(described()), Some(text.into_bytes())).await;
                    self.tell(Event::Changed(agreed));
                    answered
                }
                None => handle.reply(StatusCode::NotAcceptableHere).await,
            }
        };
        drop(answered);
    }

    /// Asks them; what they say is told to whoever wanted it.
    fn hold(&mut self, held: bool, reply: oneshot::Sender<Result<Agreed, Fault>>) {
        let Some(ours) = self.ours.as_mut() else { return };
        ours.version += 1;
        ours.direction = if held { Direction::SendOnly } else { Direction::SendReceive };
        let (ours, dialog) = (ours.clone(), self.dialog.clone());
        tokio::spawn(async move {
            let asked = dialog.reinvite(Some(described()), Some(ours.offer().into_bytes())).await;
            let changed = match asked {
                Ok(Some(response)) if response.status_code.kind() == StatusCodeKind::Successful => {
                    read(response.body()).and_then(|answer| ours.agreed(&answer)).ok_or(Fault::NoCodec)
                }
                Ok(Some(response)) => Err(Fault::NotChanged(response.status_code.code())),
                Ok(None) => Err(Fault::Over),
                Err(error) => Err(Fault::stack(error)),
            };
            drop(reply.send(changed));
        });
    }

    async fn goodbye(mut self, q850: Option<u16>) {
        let acknowledged = async {
            while !self.acknowledged {
                match self.states.recv().await {
                    Some(DialogState::Confirmed(..)) => self.acknowledged = true,
                    Some(DialogState::Terminated(..)) | None => return,
                    Some(_) => {}
                }
            }
        };
        drop(tokio::time::timeout(ACKNOWLEDGED, acknowledged).await);
        self.tell(Event::Ended { by: Party::Us, cause: None });
        // For whoever listens it is over; the BYE may have to be sent again and again.
        self.events = mpsc::unbounded_channel().0;
        let headers = q850.map(|code| vec![Header::Reason(format!("Q.850;cause={code}").into())]);
        match tokio::time::timeout(GOODBYE, self.dialog.bye_with_headers(headers)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!("a BYE came to nothing: {error}"),
            Err(_) => tracing::debug!("nobody took a BYE"),
        }
    }
}
