//! A helper that holds the engine's socket, so that the gateway never does.
//!
//! It answers the questions that the providers ask, and no others, with those parts of the engine's answers that routing
//! needs: nothing of an engine can be changed through it, and the environment of a container, where passwords are, does
//! not go through. Every answer is written anew out of what was read, no byte is relayed. Owns its connections, whose
//! number and memory have bounds that a client which does nothing cannot use up.

mod answer;
mod asked;
mod connections;
mod room;
#[cfg(test)]
mod tests;
mod view;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use windrose_config::GoDuration;
use windrose_wire::head::find_end;

use crate::engine::{Engine, EngineError, Question};
use crate::options::{self, Endpoint, EndpointError};

use answer::Answer;
use asked::{Asked, Refusal};
use connections::{Connections, Doing, MOST, What};
use room::{About, Room, Taken};
use view::Keep;

/// The helper.
#[derive(Debug)]
pub struct Proxy {
    engine: options::Engine,
}

impl Proxy {
    /// A helper for the engine that listens there.
    ///
    /// # Errors
    ///
    /// The text is no endpoint.
    pub fn new(endpoint: &str) -> Result<Self, EndpointError> {
        let endpoint = Endpoint::parse(endpoint, false)?;
        let engine = options::Engine { endpoint, tls: None, login: None, timeout: GoDuration::from_secs(30) };
        Ok(Self { engine })
    }

    /// Whether the engine is there, in words for people if not.
    ///
    /// # Errors
    ///
    /// Why it cannot be asked.
    pub async fn reach(&self) -> Result<(), EngineError> {
        Engine::reach(&self.engine).await.map(drop)
    }

    /// Answers whoever connects, until the future is dropped.
    ///
    /// # Errors
    ///
    /// The listener is broken.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let (engine, room) = (Arc::new(self.engine), Arc::new(Room::new(LISTENERS)));
        let mut connections = Connections::default();
        loop {
            let stream = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) if is_of_the_client(&error) => continue,
                    Err(error) => return Err(error),
                },
                () = connections.ended() => continue,
            };
            while connections.is_full() {
                connections.make_room();
                // Where all are busy one of them soon is not.
                let _ = timeout(LOOK_AGAIN, connections.ended()).await;
            }
            let (engine, room) = (Arc::clone(&engine), Arc::clone(&room));
            connections.start(move |doing| converse(stream, Client::new(engine, room, doing)));
        }
    }
}

/// Answers one client, question after question.
async fn converse(mut stream: TcpStream, mut client: Client) {
    // Whoever has gone away is told nothing.
    while let Ok(true) = client.next(&mut stream).await {}
}

/// One connection of a client.
struct Client {
    read: Vec<u8>,
    engine: Arc<options::Engine>,
    reached: Option<Engine>,
    room: Arc<Room>,
    doing: Arc<Doing>,
}

impl Client {
    fn new(engine: Arc<options::Engine>, room: Arc<Room>, doing: Arc<Doing>) -> Self {
        Self { read: Vec::new(), engine, reached: None, room, doing }
    }

    /// Answers the next question; false when there is none.
    async fn next(&mut self, stream: &mut TcpStream) -> io::Result<bool> {
        self.doing.is(What::Waiting);
        let Some(head) = self.head(stream).await? else { return Ok(false) };
        self.doing.is(What::Asking);
        let asked = match asked::read(&head) {
            Ok(asked) => asked,
            Err(refusal) => {
                tracing::warn!(asked = %asked::shown(&head), "refused: {refusal}");
                // What follows may be the body of what was refused.
                Answer::refusal(&refusal).closing().write(stream, &self.doing).await?;
                return Ok(false);
            }
        };
        if asked.is_stream {
            self.events(asked, stream).await?;
            return Ok(false);
        }
        let (answer, taken) = self.answer(&asked).await;
        answer.without_body(asked.is_head).write(stream, &self.doing).await?;
        drop(taken);
        Ok(true)
    }

    /// The answer to a question, with the room that it takes until it is written.
    async fn answer(&mut self, asked: &Asked) -> (Answer, Option<Taken>) {
        let room = Arc::clone(&self.room);
        // Held until there is room for the answer, too: those that wait for it are few.
        let Some(_making) = room.to_make(asked.about()).await else { return (Answer::busy(), None) };
        let answer = match self.ask(asked).await {
            Ok(answer) => answer,
            Err(error) => {
                self.reached = None;
                Answer::failure(&error)
            }
        };
        match room.to_write(answer.len()).await {
            Some(taken) => (answer, Some(taken)),
            None => (Answer::busy(), None),
        }
    }

    /// The next head; nothing when the client ends, or says nothing for long.
    async fn head(&mut self, stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
        let whole = async {
            let mut searched = 0;
            loop {
                match find_end(&self.read, searched) {
                    Ok(Some(end)) => return Ok(Some(self.read.drain(..end).collect())),
                    Ok(None) if self.read.len() > LONGEST => return Ok(None),
                    Ok(None) => searched = self.read.len(),
                    Err(_) => return Ok(None),
                }
                if stream.read_buf(&mut self.read).await? == 0 {
                    return Ok(None);
                }
            }
        };
        timeout(IDLE, whole).await.unwrap_or(Ok(None))
    }

    async fn ask(&mut self, asked: &Asked) -> Result<Answer, EngineError> {
        let engine = match &mut self.reached {
            Some(engine) => engine,
            none => none.insert(Engine::reach(&self.engine).await?),
        };
        if asked.path == asked::PING {
            engine.ping().await?;
            return Ok(Answer::pong(engine.version()));
        }
        let said: Value = if asked.path == asked::VERSION {
            engine.about().await?
        } else {
            engine.get(asked.question()).await?
        };
        Ok(Answer::json(&asked.keep.of(said)))
    }

    /// Passes events on, until the engine or the client has no more.
    async fn events(&mut self, asked: Asked, stream: &mut TcpStream) -> io::Result<()> {
        let Some(_listening) = self.room.to_listen() else {
            return Answer::busy().closing().write(stream, &self.doing).await;
        };
        let begun = async { Engine::reach(&self.engine).await?.stream(asked.question()).await };
        let mut events = match begun.await {
            Ok(events) => events,
            Err(error) => return Answer::failure(&error).closing().write(stream, &self.doing).await,
        };
        self.doing.is(What::Listening);
        answer::begin_stream(stream).await?;
        let mut ignored = [0; 64];
        loop {
            tokio::select! {
                event = events.next::<Value>() => match event {
                    Ok(Some(event)) if view::is_passed(&event) => {
                        answer::piece(stream, &Keep::EVENT.of(event)).await?;
                    }
                    Ok(Some(_)) => {}
                    // The client sees an end and asks again.
                    Ok(None) => return answer::end_stream(stream).await,
                    Err(error) => {
                        tracing::warn!(error = %error, "the events of the engine ended");
                        return Ok(());
                    }
                },
                length = stream.read(&mut ignored) => if length? == 0 { return Ok(()) },
            }
        }
    }
}

/// What goes wrong with one connection before it is ours.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

impl Asked {
    fn about(&self) -> About {
        match self.path.as_str() {
            asked::PING | asked::VERSION => About::Engine,
            path if asked::is_container(path) => About::One,
            _ => About::All,
        }
    }

    fn question(&self) -> Question {
        let question = Question::new(self.path.clone());
        self.query.iter().fold(question, |question, (name, value)| question.with(name, value))
    }
}

/// So many may listen to events; the others of the connections are for questions.
const LISTENERS: usize = MOST - 16;
/// When to look again for a connection that can make room.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// No question is longer.
const LONGEST: usize = 16 << 10;
/// How long a client may say nothing.
const IDLE: Duration = Duration::from_secs(120);
