//! A helper that holds the engine's socket, so that the gateway never does.
//!
//! It answers the questions that the providers ask, and no others, with those parts of the engine's answers that routing
//! needs: nothing of an engine can be changed through it, and the environment of a container, where passwords are, does
//! not go through. Every answer is written anew out of what was read, no byte is relayed. Owns its connections.

mod answer;
mod asked;
#[cfg(test)]
mod tests;
mod view;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use windrose_config::GoDuration;
use windrose_wire::head::find_end;

use crate::engine::{Engine, EngineError, Question};
use crate::options::{self, Endpoint, EndpointError};

use answer::Answer;
use asked::{Asked, Refusal};
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
        let engine = Arc::new(self.engine);
        // The set owns the connections: they end with it.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept(), if connections.len() < MOST => {
                    match accepted {
                        Ok((stream, _)) => {
                            drop(connections.spawn(converse(stream, Arc::clone(&engine))));
                        }
                        Err(error) if is_of_the_client(&error) => {}
                        Err(error) => return Err(error),
                    }
                }
                Some(_) = connections.join_next() => {}
            }
        }
    }
}

/// Answers one client, question after question.
async fn converse(mut stream: TcpStream, engine: Arc<options::Engine>) {
    let mut client = Client { read: Vec::new(), engine, reached: None };
    // Whoever has gone away is told nothing.
    while let Ok(true) = client.next(&mut stream).await {}
}

/// One connection of a client.
struct Client {
    read: Vec<u8>,
    engine: Arc<options::Engine>,
    reached: Option<Engine>,
}

impl Client {
    /// Answers the next question; false when there is none.
    async fn next(&mut self, stream: &mut TcpStream) -> io::Result<bool> {
        let Some(head) = self.head(stream).await? else { return Ok(false) };
        let asked = match asked::read(&head) {
            Ok(asked) => asked,
            Err(refusal) => {
                tracing::warn!(asked = %asked::shown(&head), "refused: {refusal}");
                // What follows may be the body of what was refused.
                Answer::refusal(&refusal).closing().write(stream).await?;
                return Ok(false);
            }
        };
        if asked.is_stream {
            self.events(asked, stream).await?;
            return Ok(false);
        }
        let answer = match self.ask(&asked).await {
            Ok(answer) => answer,
            Err(error) => {
                self.reached = None;
                Answer::failure(&error)
            }
        };
        answer.without_body(asked.is_head).write(stream).await?;
        Ok(true)
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
        let begun = async { Engine::reach(&self.engine).await?.stream(asked.question()).await };
        let mut events = match begun.await {
            Ok(events) => events,
            Err(error) => return Answer::failure(&error).closing().write(stream).await,
        };
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
    fn question(&self) -> Question {
        let question = Question::new(self.path.clone());
        self.query.iter().fold(question, |question, (name, value)| question.with(name, value))
    }
}

/// More connections wait until one has ended.
const MOST: usize = 64;
/// No question is longer.
const LONGEST: usize = 16 << 10;
/// How long a client may say nothing.
const IDLE: Duration = Duration::from_secs(120);
