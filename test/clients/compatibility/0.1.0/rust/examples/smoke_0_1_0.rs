//! Holds one smoke conversation: `smoke CONVERSATION FLAVOUR`. See clients/smoke/README.md. Messages are turned from and to
//! JSON by their descriptors, in the file that `SMOKE_DESCRIPTORS` names, since prost's own types know no JSON.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use pointsman_client::v1::{self, ErrorReason};
use pointsman_client::{Connection, Options, pointsman_error, watch_entries};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::Mutex;
use tokio_stream::StreamExt;
use tonic::transport::{Certificate, ClientTlsConfig};
use tonic::{Code, Request, Response, Status, Streaming};

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Default)]
struct Watched {
    entries: Vec<Value>,
    finished: u64,
    error: Option<Status>,
}

struct Program {
    pool: DescriptorPool,
    results: Map<String, Value>,
    connections: HashMap<String, Connection>,
    watches: HashMap<String, (Arc<Mutex<Watched>>, tokio::task::JoinHandle<()>)>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let path = std::env::args().nth(1).ok_or("which conversation?")?;
    let conversation: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let descriptors = std::fs::read(std::env::var("SMOKE_DESCRIPTORS")?)?;
    let mut program = Program {
        pool: DescriptorPool::decode(descriptors.as_slice())?,
        results: Map::from_iter([("run".to_owned(), json!(std::env::var("SMOKE_RUN")?))]),
        connections: HashMap::new(),
        watches: HashMap::new(),
    };
    let mut input = BufReader::new(tokio::io::stdin()).lines();
    for step in conversation["steps"].as_array().ok_or("no steps")? {
        tokio::time::sleep(Duration::from_millis(step["pause_ms"].as_u64().unwrap_or(0))).await;
        let mut result = if let Some(ask) = step["ask"].as_str() {
            println!("{}", json!({ "ask": ask }));
            input.next_line().await?;
            json!({})
        } else {
            program.carry_out(step).await?
        };
        let name = step["name"].as_str().ok_or("a step without a name")?;
        program.results.insert(name.to_owned(), result.clone());
        result["step"] = json!(name);
        println!("{result}");
    }
    std::process::exit(0);
}

impl Program {
    async fn carry_out(&mut self, step: &Value) -> Result<Value, Failure> {
        if let Some(name) = step["collect"].as_str() {
            return self.collect(name, step["finished"].as_u64().unwrap_or(0)).await;
        }
        let fields = fill(&step["request"], &self.results)?;
        let connection = self.connection(step)?;
        if step["watch"].is_string() {
            let request: v1::WatchEntriesRequest = self.parse("WatchEntriesRequest", &fields)?;
            self.start_watch(step["name"].as_str().unwrap_or(""), connection, request);
            return Ok(json!({}));
        }
        if let Some(method) = step["stream"].as_str() {
            let mut messages = Vec::new();
            return Ok(match self.stream(connection, step, method, &fields, &mut messages).await? {
                Ok(()) => json!({ "messages": messages }),
                Err(status) => json!({ "messages": messages, "error": describe(&status) }),
            });
        }
        if let Some(method) = step["pages"].as_str() {
            return self.pages(connection, step, method, fields).await;
        }
        let method = step["call"].as_str().ok_or("nothing to do")?;
        Ok(match self.call(connection, step, method, &fields).await? {
            Ok(response) => json!({ "response": response }),
            Err(status) => json!({ "error": describe(&status) }),
        })
    }

    async fn call(
        &self,
        mut connection: Connection,
        step: &Value,
        method: &str,
        fields: &Value,
    ) -> Result<Result<Value, Status>, Failure> {
        macro_rules! unary {
            ($client:ident . $method:ident, $name:literal) => {{
                let request = timed(self.parse(concat!($name, "Request"), fields)?, step);
                self.unary_result(concat!($name, "Response"), connection.$client.$method(request).await)
            }};
        }
        match method {
            "RouteService/Route" => unary!(route.route, "Route"),
            "RouteService/Explain" => unary!(route.explain, "Explain"),
            "RouteService/ReportOutcome" => unary!(route.report_outcome, "ReportOutcome"),
            "RouteService/ListTargets" => unary!(route.list_targets, "ListTargets"),
            "AuditService/GetRecord" => unary!(audit.get_record, "GetRecord"),
            "AuditService/ListRecords" => unary!(audit.list_records, "ListRecords"),
            other => Err(format!("there is no method {other}").into()),
        }
    }

    fn unary_result<T: Message>(
        &self,
        name: &str,
        result: Result<Response<T>, Status>,
    ) -> Result<Result<Value, Status>, Failure> {
        Ok(match result {
            Ok(response) => Ok(self.json(name, response.get_ref())?),
            Err(status) => Err(status),
        })
    }

    async fn stream(
        &self,
        mut connection: Connection,
        step: &Value,
        method: &str,
        fields: &Value,
        messages: &mut Vec<Value>,
    ) -> Result<Result<(), Status>, Failure> {
        macro_rules! read {
            ($client:ident . $method:ident, $name:literal) => {{
                let request = timed(self.parse(concat!($name, "Request"), fields)?, step);
                match connection.$client.$method(request).await {
                    Ok(response) => {
                        self.read(concat!($name, "Response"), response.into_inner(), step, messages).await
                    }
                    Err(status) => Ok(Err(status)),
                }
            }};
        }
        match method {
            "StreamService/StreamRoute" => read!(stream.stream_route, "StreamRoute"),
            "AuditService/WatchEntries" => read!(audit.watch_entries, "WatchEntries"),
            "AuditService/VerifyLedger" => read!(audit.verify_ledger, "VerifyLedger"),
            other => Err(format!("there is no method {other}").into()),
        }
    }

    async fn read<T: Message>(
        &self,
        name: &str,
        mut stream: Streaming<T>,
        step: &Value,
        messages: &mut Vec<Value>,
    ) -> Result<Result<(), Status>, Failure> {
        loop {
            match stream.message().await {
                Ok(Some(message)) => messages.push(self.json(name, &message)?),
                Ok(None) => return Ok(Ok(())),
                Err(status) => return Ok(Err(status)),
            }
            let last = messages.last().unwrap_or(&Value::Null);
            if step["cancel_after"].as_str().is_some_and(|field| !last[field].is_null()) {
                // A stream is cancelled by dropping it, after which there is nothing left that could tell.
                return Ok(Err(Status::cancelled("dropped by this side")));
            }
        }
    }

    async fn pages(
        &self,
        connection: Connection,
        step: &Value,
        method: &str,
        mut fields: Value,
    ) -> Result<Value, Failure> {
        let mut items = Vec::new();
        for count in 1.. {
            let page = match self.call(connection.clone(), step, method, &fields).await? {
                Ok(page) => page,
                Err(status) => return Ok(json!({ "error": describe(&status) })),
            };
            let member = step["items"].as_str().unwrap_or("");
            items.extend(page[member].as_array().cloned().unwrap_or_default());
            match page["nextPageToken"].as_str() {
                Some(token) if !token.is_empty() => fields["pageToken"] = json!(token),
                _ => return Ok(json!({ "pages": count, "items": items })),
            }
        }
        Err("endless pages".into())
    }

    fn start_watch(&mut self, name: &str, connection: Connection, request: v1::WatchEntriesRequest) {
        let watched = Arc::new(Mutex::new(Watched::default()));
        let (shared, pool) = (watched.clone(), self.pool.clone());
        let task = tokio::spawn(async move {
            let mut messages = std::pin::pin!(watch_entries(connection.audit, request));
            while let Some(message) = messages.next().await {
                let mut watched = shared.lock().await;
                match message.map(|message| message.event) {
                    Ok(Some(v1::watch_entries_response::Event::Entry(entry))) => {
                        watched.finished += u64::from(matches!(entry.event, Some(v1::entry::Event::Finished(_))));
                        watched.entries.push(to_json(&pool, "Entry", &entry).unwrap_or_default());
                    }
                    Ok(_) => {}
                    Err(status) => watched.error = Some(status),
                }
            }
        });
        self.watches.insert(name.to_owned(), (watched, task));
    }

    async fn collect(&mut self, name: &str, finished: u64) -> Result<Value, Failure> {
        let (watched, task) = self.watches.remove(name).ok_or("there is no such watch")?;
        for _ in 0..600 {
            let now = watched.lock().await;
            if now.finished >= finished || now.error.is_some() {
                break;
            }
            drop(now);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // A moment more, in which a repeated entry would show.
        tokio::time::sleep(Duration::from_millis(500)).await;
        task.abort();
        let watched = watched.lock().await;
        Ok(match &watched.error {
            Some(status) => json!({ "entries": watched.entries, "error": describe(status) }),
            None => json!({ "entries": watched.entries }),
        })
    }

    fn connection(&mut self, step: &Value) -> Result<Connection, Failure> {
        let key = format!("{} {}", step["credential"], step["trust"]);
        if let Some(found) = self.connections.get(&key) {
            return Ok(found.clone());
        }
        let mut options = Options::default();
        if let Some(name) = step["credential"].as_str() {
            let known: Value = serde_json::from_str(&std::env::var("SMOKE_CREDENTIALS")?)?;
            options.credential = known[name].as_str().map(str::to_owned);
        }
        let authority = std::env::var("SMOKE_CA").ok();
        if let Some(path) = authority.as_ref().filter(|_| step["trust"] != "system") {
            let pem = Certificate::from_pem(std::fs::read(path)?);
            options.tls = Some(ClientTlsConfig::new().ca_certificate(pem));
        }
        let scheme = if authority.is_some() { "https" } else { "http" };
        let made = Connection::open(format!("{scheme}://{}", std::env::var("SMOKE_GRPC")?), options)?;
        self.connections.insert(key, made.clone());
        Ok(made)
    }

    fn parse<T: Message + Default>(&self, name: &str, fields: &Value) -> Result<T, Failure> {
        let descriptor = self.pool.get_message_by_name(&format!("pointsman.v1.{name}")).ok_or("unknown type")?;
        Ok(T::decode(DynamicMessage::deserialize(descriptor, fields)?.encode_to_vec().as_slice())?)
    }

    fn json<T: Message>(&self, name: &str, message: &T) -> Result<Value, Failure> {
        to_json(&self.pool, name, message)
    }
}

fn to_json<T: Message>(pool: &DescriptorPool, name: &str, message: &T) -> Result<Value, Failure> {
    let descriptor = pool.get_message_by_name(&format!("pointsman.v1.{name}")).ok_or("unknown type")?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?;
    Ok(dynamic.serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())?)
}

fn timed<T>(message: T, step: &Value) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(milliseconds) = step["deadline_ms"].as_u64() {
        request.set_timeout(Duration::from_millis(milliseconds));
    }
    request
}

/// Puts values for `${...}` and `$repeat` into a request.
fn fill(value: &Value, results: &Map<String, Value>) -> Result<Value, Failure> {
    Ok(match value {
        Value::String(text) => {
            let mut text = text.clone();
            while let Some((before, rest)) = text.split_once("${") {
                let (path, after) = rest.split_once('}').ok_or("an open brace")?;
                text = format!("{before}{}{after}", look_up(path, results)?);
            }
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(|item| fill(item, results)).collect::<Result<_, _>>()?,
        Value::Object(members) if members.contains_key("$repeat") => {
            let times = members["times"].as_u64().unwrap_or(1).try_into()?;
            Value::String(members["$repeat"].as_str().unwrap_or("").repeat(times))
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, member)| Ok((key.clone(), fill(member, results)?)))
                .collect::<Result<_, Failure>>()?,
        ),
        other => other.clone(),
    })
}

fn look_up(path: &str, results: &Map<String, Value>) -> Result<String, Failure> {
    let mut parts = path.split('.');
    let mut found = results.get(parts.next().unwrap_or("")).ok_or_else(|| format!("nothing at {path}"))?;
    for part in parts {
        found = match part.parse::<usize>() {
            Ok(index) => &found[index],
            Err(_) => &found[part],
        };
    }
    Ok(found.as_str().ok_or_else(|| format!("no text at {path}"))?.to_owned())
}

/// An error as the conversation knows it.
fn describe(status: &Status) -> Value {
    let mut described = json!({ "code": name_of(effective(status)), "message": status.message() });
    if let Some(said) = pointsman_error(status) {
        let details = [
            Some("google.rpc.ErrorInfo"),
            said.details.bad_request().map(|_| "google.rpc.BadRequest"),
            said.details.retry_info().map(|_| "google.rpc.RetryInfo"),
            said.details.quota_failure().map(|_| "google.rpc.QuotaFailure"),
            said.details.precondition_failure().map(|_| "google.rpc.PreconditionFailure"),
            said.details.resource_info().map(|_| "google.rpc.ResourceInfo"),
        ];
        described["reason"] = json!(ErrorReason::as_str_name(&said.reason));
        described["metadata"] = json!(said.metadata);
        described["details"] = json!(details.into_iter().flatten().collect::<Vec<_>>());
    }
    described
}

/// tonic says CANCELLED where a deadline passed on this side.
fn effective(status: &Status) -> Code {
    if status.message().contains("Timeout expired") { Code::DeadlineExceeded } else { status.code() }
}

/// Makes DeadlineExceeded to DEADLINE_EXCEEDED.
fn name_of(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
