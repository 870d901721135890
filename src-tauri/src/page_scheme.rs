//! `page://localhost/{page}` and `?thumb`: sealed pages, opened only while somebody is logged in.

use std::borrow::Cow;

use station::Station;
use tauri::http::{Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};

/// Answers one picture, off the window's thread.
pub fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().clone();
    let page = request.uri().path().trim_start_matches('/').to_owned();
    let thumbnail = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("thumb"));
    tauri::async_runtime::spawn_blocking(move || {
        let found = app.state::<Station>().picture(&page, thumbnail);
        responder.respond(match found {
            Ok((media_type, bytes)) => picture(&media_type, bytes),
            Err(_) => nothing(),
        });
    });
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
