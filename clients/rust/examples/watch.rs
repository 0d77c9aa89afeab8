//! Routes a request, streams an answer, and watches the audit trail: `cargo run --example watch http://127.0.0.1:50051`.

use pointsman_client::v1::{self, entry, part, stream_route_response::Event, watch_entries_response};
use pointsman_client::{Connection, Options, pointsman_error, watch_entries};
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:50051".to_owned());
    let mut connection = Connection::open(address, Options::default())?;
    let text = part::Content::Text("Why is the sky blue?".to_owned());
    let turn = v1::Turn { role: v1::Role::User.into(), parts: vec![v1::Part { content: Some(text) }] };
    let input = Some(v1::RouteInput { turns: vec![turn], ..Default::default() });

    let request = v1::RouteRequest { input: input.clone(), ..Default::default() };
    let answer = connection.route.route(request).await.inspect_err(|status| {
        eprintln!("{:?}", pointsman_error(status).map(|said| said.reason));
    })?;
    let answer = answer.into_inner();
    if let Some(completion) = &answer.completion {
        println!("{} answers: {:?}", completion.target_id, completion.parts);
    }

    let request = v1::StreamRouteRequest { input, ..Default::default() };
    let mut events = connection.stream.stream_route(request).await?.into_inner();
    while let Some(event) = events.message().await? {
        match event.event {
            Some(Event::TextDelta(delta)) => print!("{}", delta.text),
            Some(Event::Finished(_)) => println!(),
            _ => {}
        }
    }

    let start_time = answer.decision.and_then(|decision| decision.create_time);
    let request = v1::WatchEntriesRequest { start_time, ..Default::default() };
    let mut messages = std::pin::pin!(watch_entries(connection.audit, request));
    while let Some(message) = messages.next().await {
        if let Some(watch_entries_response::Event::Entry(found)) = message?.event {
            println!("{} {}", found.decision_id, found.sequence);
            if matches!(found.event, Some(entry::Event::Finished(_))) {
                break;
            }
        }
    }
    Ok(())
}
