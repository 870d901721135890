//! Pictures, given only while somebody is logged in: `page://localhost/{page}` a sealed page,
//! `?thumb` a small one, `?side=0` the picture it was made from; `page://localhost/preview` what the
//! open camera sees now; `page://localhost/{reading}?photo` the photo of a card.

use std::borrow::Cow;

use station::Station;
use station::view::Failure;
use tauri::http::{Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};

/// Answers one picture, off the window's thread.
pub fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().clone();
    tauri::async_runtime::spawn_blocking(move || {
        let path = request.uri().path().trim_start_matches('/');
        let query = request.uri().query().unwrap_or_default();
        responder.respond(match find(&app.state::<Station>(), path, query) {
            Ok((media_type, bytes)) => picture(&media_type, bytes),
            Err(_) => nothing(),
        });
    });
}

fn find(station: &Station, path: &str, query: &str) -> Result<(String, Vec<u8>), Failure> {
    if path == "preview" {
        return station.preview();
    }
    if query == "photo"
        && let Ok(reading) = path.parse()
    {
        return station.photo(reading);
    }
    match query.strip_prefix("side=").map(str::parse) {
        Some(Ok(side)) => station.original(path, side),
        _ => station.picture(path, query.contains("thumb")),
    }
}

fn picture(media_type: &str, bytes: Vec<u8>) -> Response<Cow<'static, [u8]>> {
    Response::builder()
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CACHE_CONTROL, "no-store")
        .body(Cow::Owned(bytes))
        .unwrap_or_else(|_| nothing())
}

fn nothing() -> Response<Cow<'static, [u8]>> {
    let mut response = Response::new(Cow::Borrowed(&[][..]));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
