//! One call. A task of its own speaks for it as long as it lasts; whoever holds the [`Call`] hears what happens and
//! says what to do.

use std::net::SocketAddr;

use tokio::sync::{mpsc, oneshot};

use crate::sdp::{Agreed, Description, Ours};
use crate::{Cause, Fault};

/// Who ended a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Us,
    Them,
    /// The connection broke: nothing is heard of the other end any more.
    Nobody,
}

/// A final answer that is none of 2xx.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub cause: Option<Cause>,
}

/// What happens to a call.
#[derive(Debug)]
pub enum Event {
    /// 101 to 199, with what is agreed for sound before the answer.
    Provisional { code: u16, early: Option<Agreed> },
    /// They took our call; `None`: with a codec that we did not offer.
    Answered(Option<Agreed>),
    /// They took it after we had cancelled it; it is being ended.
    AnsweredLate,
    /// Our answer to their call has arrived. It says what is agreed where their invitation offered nothing.
    Acknowledged(Option<Agreed>),
    /// They changed the call: held it, took it up, want sound elsewhere. It has been answered.
    Changed(Agreed),
    /// They did not take our call. It is over.
    Refused(Refusal),
    /// Nothing came back. It is over.
    Failed(Fault),
    /// They gave up before we answered. It is over.
    Cancelled,
    /// It is over.
    Ended { by: Party, cause: Option<Cause> },
}

/// What whoever holds a call wants done.
#[derive(Debug)]
pub(crate) enum Command {
    Ring,
    Early(String),
    Answer(String, Ours),
    Refuse(u16),
    HangUp(Option<u16>),
    Hold(bool, oneshot::Sender<Result<Agreed, Fault>>),
}

/// A call in somebody's hand. Dropped, it is ended.
pub struct Call {
    pub(crate) events: mpsc::UnboundedReceiver<Event>,
    pub(crate) commands: mpsc::UnboundedSender<Command>,
    pub(crate) id: String,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) offer: Option<Description>,
}

impl Call {
    /// What happens next; `None` when it is over.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// The same for both ends.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where signalling goes to and comes from.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Who calls, as a URI.
    #[must_use]
    pub fn from(&self) -> &str {
        &self.from
    }

    /// Who is called, as a URI.
    #[must_use]
    pub fn to(&self) -> &str {
        &self.to
    }

    /// What a caller offers; `None` where they leave it to us.
    #[must_use]
    pub fn offer(&self) -> Option<&Description> {
        self.offer.as_ref()
    }

    fn say(&self, command: Command) {
        // Where nobody listens any more, the call is over.
        drop(self.commands.send(command));
    }

    /// Lets their telephone ring: 180.
    pub fn ring(&self) {
        self.say(Command::Ring);
    }

    /// Lets them hear something before the answer: 183.
    ///
    /// # Errors
    /// When they offer no codec of ours.
    pub fn be_heard_early(&self, ours: &Ours) -> Result<Option<Agreed>, Fault> {
        let (text, agreed) = self.description(ours)?;
        self.say(Command::Early(text));
        Ok(agreed)
    }

    /// Takes their call: 200. `None`: what is agreed comes with [`Event::Acknowledged`].
    ///
    /// # Errors
    /// When they offer no codec of ours, in which case they are told so and the call is over.
    pub fn answer(&self, ours: &Ours) -> Result<Option<Agreed>, Fault> {
        match self.description(ours) {
            Ok((text, agreed)) => {
                self.say(Command::Answer(text, ours.clone()));
                Ok(agreed)
            }
            Err(fault) => {
                self.refuse(488);
                Err(fault)
            }
        }
    }

    /// Takes their call with a description of the caller's own making, for tests of what others make of it.
    pub fn answer_with(&self, text: String, ours: &Ours) {
        self.say(Command::Answer(text, ours.clone()));
    }

    fn description(&self, ours: &Ours) -> Result<(String, Option<Agreed>), Fault> {
        match &self.offer {
            None => Ok((ours.offer(), None)),
            Some(offer) => ours.answer(offer).map(|(text, agreed)| (text, Some(agreed))).ok_or(Fault::NoCodec),
        }
    }

    /// Does not take it: 486 busy, 480 nobody there, 603 declined…
    pub fn refuse(&self, code: u16) {
        self.say(Command::Refuse(code));
    }

    /// Ends it, however far it has come.
    pub fn hang_up(&self) {
        self.say(Command::HangUp(None));
    }

    /// The same, with a cause of ITU-T Q.850.
    pub fn hang_up_because(&self, q850: u16) {
        self.say(Command::HangUp(Some(q850)));
    }

    /// For somebody else to hold the call or to end it, while this one is waited on for what happens.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote(self.commands.downgrade())
    }
}

/// Acts on a call from elsewhere. It keeps no call alive.
#[derive(Clone, Debug)]
pub struct Remote(mpsc::WeakUnboundedSender<Command>);

impl Remote {
    fn say(&self, command: Command) {
        if let Some(commands) = self.0.upgrade() {
            drop(commands.send(command));
        }
    }

    /// Ends the call, however far it has come.
    pub fn hang_up(&self) {
        self.say(Command::HangUp(None));
    }

    /// Holds it, or takes it up again. What the other end says of it comes here; until then, and after, what happens
    /// to the call comes from [`Call::next`].
    ///
    /// # Errors
    /// When the other end does not agree, or the call is not answered, or over.
    pub async fn hold(&self, held: bool) -> Result<Agreed, Fault> {
        let (reply, answer) = oneshot::channel();
        self.say(Command::Hold(held, reply));
        answer.await.unwrap_or(Err(Fault::Over))
    }
}
